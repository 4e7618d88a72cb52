import type { Device } from '../../gpu/device.ts';
import type { Command } from '../../gpu/resolver.ts';

/** Commands to run several times in a row. */
export interface TimedRun {
  commands: readonly Command[];
  repeats: number;
}

/** Measures GPU time. */
export interface Timer {
  /** time in milliseconds that a run should last, so that the clock's resolution does not matter */
  readonly leastMs: number;
  /** Runs each list in turn; resolves to the time of each, in milliseconds. */
  time(runs: readonly TimedRun[]): Promise<number[]>;
}

/** Returns a timer with timestamp queries if the device supports them, otherwise with the host's clock. */
export function timerOf(device: Device): Timer {
  return device.features.has('timestamp-query') ? new QueryTimer(device) : new ClockTimer(device);
}

function encode(pass: GPUComputePassEncoder, device: Device, { commands, repeats }: TimedRun): void {
  for (let i = 0; i < repeats; i++) {
    for (const { entry, bindGroup, groups } of commands) {
      pass.setPipeline(device.pipelines.compileNow(entry));
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...groups);
    }
  }
  pass.end();
}

class QueryTimer implements Timer {
  readonly leastMs = 2; // pages get timestamps in steps of 0.1 ms
  private readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  async time(runs: readonly TimedRun[]): Promise<number[]> {
    const { gpu } = this.device;
    const count = 2 * runs.length;
    const querySet = gpu.createQuerySet({ type: 'timestamp', count });
    const resolved = gpu.createBuffer({ label: 'tune', size: 8 * count, usage: 0x200 | 0x4 });
    const staging = gpu.createBuffer({ label: 'tune', size: 8 * count, usage: 0x1 | 0x8 });
    try {
      for (const [i, run] of runs.entries()) {
        const timestampWrites = {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        };
        // one submission per run, so that none is long enough for a watchdog of the system
        const part = gpu.createCommandEncoder({ label: 'tune' });
        encode(part.beginComputePass({ timestampWrites }), this.device, run);
        gpu.queue.submit([part.finish()]);
      }
      const encoder = gpu.createCommandEncoder({ label: 'tune' });
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
      gpu.queue.submit([encoder.finish()]);
      await this.device.wait(staging.mapAsync(1));
      const stamps = new BigUint64Array(staging.getMappedRange());
      return runs.map((_, i) => Number((stamps[2 * i + 1] as bigint) - (stamps[2 * i] as bigint)) / 1e6);
    } finally {
      for (const buffer of [resolved, staging]) buffer.destroy();
      querySet.destroy();
    }
  }
}

class ClockTimer implements Timer {
  readonly leastMs = 5; // a wait for the queue costs a part of a millisecond
  private readonly device: Device;

  constructor(device: Device) {
    this.device = device;
  }

  async time(runs: readonly TimedRun[]): Promise<number[]> {
    const { gpu } = this.device;
    const times: number[] = [];
    await this.device.wait(gpu.queue.onSubmittedWorkDone());
    for (const run of runs) {
      const started = performance.now();
      const encoder = gpu.createCommandEncoder({ label: 'tune' });
      encode(encoder.beginComputePass(), this.device, run);
      gpu.queue.submit([encoder.finish()]);
      await this.device.wait(gpu.queue.onSubmittedWorkDone());
      times.push(performance.now() - started);
    }
    return times;
  }
}
