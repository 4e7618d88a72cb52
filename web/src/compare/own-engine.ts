import { expose } from 'comlink';
import { createDevice, type Device } from 'feathergrad';
import { spread } from '../../../bench/lib/statistics.ts';
import { casesOf, DIRECTIONS, type KernelCase } from '../../../bench/own/kernel-cases.ts';
import { type DeviceLimits, measureLimits } from '../../../bench/own/limits.ts';
import { Repeated } from '../../../bench/own/repeated.ts';
import { resultOf } from '../../../bench/own/roofline.ts';
import { layerShapes } from '../../../bench/own/shapes.ts';
import type { Measured } from './messages.ts';

/** Measures this device and feathergrad's kernels, like `npm run bench` in Node. */
class OwnEngine {
  private device: Device | null = null;
  private isStopped = false;

  async open(): Promise<string> {
    this.device ??= await createDevice();
    return this.device.description;
  }

  async limits(): Promise<DeviceLimits> {
    return measureLimits(await this.opened());
  }

  /** Every convolution and batch norm of the network; `onResult` is called after each. */
  async kernels(
    options: { batch: number; side: number; rounds: number },
    limits: DeviceLimits,
    onResult: (result: Measured, done: number, total: number) => void,
  ): Promise<void> {
    const device = await this.opened();
    const { batch, side, rounds } = options;
    const shapes = layerShapes(batch, side);
    this.isStopped = false;
    for (const [i, shape] of shapes.entries()) {
      const { cases, dispose } = casesOf(device, shape, DIRECTIONS);
      try {
        for (const one of cases) {
          if (this.isStopped) return;
          const measured = await measure(device, one, limits, rounds);
          onResult({ ...measured, input: `batch ${batch} at ${side}` }, i + 1, shapes.length);
        }
      } finally {
        dispose();
        device.trim();
      }
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  private async opened(): Promise<Device> {
    await this.open();
    return this.device as Device;
  }
}

async function measure(
  device: Device,
  one: KernelCase,
  limits: DeviceLimits,
  rounds: number,
): Promise<Omit<Measured, 'input'>> {
  const repeated = await Repeated.record(device, one.record);
  try {
    const wall: number[] = [];
    const gpu: number[] = [];
    for (let i = 0; i < rounds; i++) {
      wall.push(await repeated.timedRun());
      const stamped = await repeated.gpuTime();
      if (stamped !== null) gpu.push(stamped);
    }
    const result = resultOf(
      one,
      repeated.dispatches,
      spread(wall),
      gpu.length > 0 ? spread(gpu) : null,
      limits,
    );
    return { ...result, flops: one.flops, bytes: one.bytes };
  } finally {
    repeated.dispose();
  }
}

export type { OwnEngine };

expose(new OwnEngine());
