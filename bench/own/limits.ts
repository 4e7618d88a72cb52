import { type Device, Kernel, noGrad, scope, type Tensor, zeros } from 'feathergrad';
import { median } from '../lib/statistics.ts';
import { fusedMultiplyAdd } from './fused-multiply-add.ts';
import { Repeated } from './repeated.ts';
import barriers from './wgsl/barriers.wgsl';
import streamCopy from './wgsl/stream_copy.wgsl';
import tiny from './wgsl/tiny.wgsl';

/** The limits of this adapter, each measured with a minimal kernel. */
export interface DeviceLimits {
  /** bytes per second that a copy kernel reads and writes in total, by the working set in MiB */
  copy: { megabytes: number; bytesPerSecond: number }[];
  /** a fused multiply-add counts as two */
  flopsPerSecond: number;
  /** seconds between two dependent dispatches of a pass */
  secondsPerDispatch: number;
  /** seconds per workgroup barrier, by workgroup size */
  secondsPerBarrier: Record<number, number>;
  /** whether the adapter has timestamps; otherwise the wall-clock time of a replay is used */
  usesTimestamps: boolean;
}

/** Working sets in MiB. The last two exceed the caches of large GPUs, and are used if the one before them is fast. */
const COPIES = [0.25, 2, 16, 64, 256, 1024];
const ALWAYS = 64;
/** Bytes per second from which an adapter is fast. */
const FAST_COPY = 64e9;

/** Threads of the arithmetic kernels: as many as take a millisecond, at most as many as one dimension of workgroups. */
const FEWEST_THREADS = 2 ** 14;
const MOST_THREADS = 2 ** 21;

const streamCopyKernel = new Kernel('stream_copy', streamCopy);
const tinyKernel = new Kernel('tiny', tiny);

/** Returns the bandwidth of the measured working set closest to a size in bytes; caches are faster than memory. */
export function bandwidthFor({ copy }: DeviceLimits, bytes: number): number {
  const distance = (megabytes: number) => Math.abs(Math.log(bytes / (megabytes * 2 ** 20)));
  const [nearest] = [...copy].sort((a, b) => distance(a.megabytes) - distance(b.megabytes));
  return (nearest as (typeof copy)[number]).bytesPerSecond;
}

/** Measures the limits, which takes seconds on a software adapter. */
export async function measureLimits(device: Device): Promise<DeviceLimits> {
  const sizes = COPIES.filter(
    (megabytes) => megabytes * 2 ** 19 <= device.limits.maxStorageBufferBindingSize,
  );
  const copy: DeviceLimits['copy'] = [];
  for (const megabytes of sizes) {
    if (megabytes > ALWAYS && !copy.some((one) => one.bytesPerSecond > FAST_COPY)) break;
    copy.push({ megabytes, bytesPerSecond: await copyBandwidth(device, megabytes) });
  }
  const rates: number[] = [];
  for (const shape of fusedMultiplyAdd) rates.push(await multiplyAddRate(device, shape));
  return {
    copy,
    flopsPerSecond: Math.max(...rates),
    secondsPerDispatch: await dispatchCost(device),
    secondsPerBarrier: {
      64: await barrierCost(device, 64),
      256: await barrierCost(device, 256),
    },
    usesTimestamps: device.features.has('timestamp-query'),
  };
}

/** Returns the better result of two kernels, with one vec4 per thread and with eight. */
async function copyBandwidth(device: Device, megabytes: number): Promise<number> {
  const bytes = megabytes * 2 ** 19; // of each of the two buffers
  return withTensors(device, [bytes / 4, bytes / 4], async ([x, y]) => {
    const seconds: number[] = [];
    for (const EACH of [1, 8]) {
      const groups = bytes / 16 / 64 / EACH;
      const rows = Math.ceil(groups / 32768);
      const work = () =>
        device.dispatch(streamCopyKernel, {
          label: 'stream copy',
          bind: { x: x as Tensor, y: y as Tensor },
          defines: { EACH },
          workgroups: [groups / rows, rows, 1],
        });
      seconds.push(await secondsOf(device, work));
    }
    return (2 * bytes) / Math.min(...seconds);
  });
}

async function multiplyAddRate(device: Device, shape: (typeof fusedMultiplyAdd)[number]): Promise<number> {
  for (let threads = FEWEST_THREADS; ; threads *= 4) {
    const { seconds, flops } = await multiplyAdds(device, shape, threads);
    if (seconds > 1e-3 || threads >= MOST_THREADS) return flops / seconds;
  }
}

async function multiplyAdds(device: Device, shape: (typeof fusedMultiplyAdd)[number], threads: number) {
  const rounds = 256;
  return withTensors(device, [threads], async ([y]) => {
    const seconds = await secondsOf(device, () =>
      device.dispatch(shape.kernel, {
        label: 'fused multiply-add',
        bind: { y: y as Tensor },
        params: { rounds },
        threads,
      }),
    );
    return { seconds, flops: threads * rounds * shape.flopsPerRound };
  });
}

/** Measured by wall-clock time: timestamps mark the beginning and end of a pass, not its dispatches. */
async function dispatchCost(device: Device): Promise<number> {
  const dispatches = 1000;
  return withTensors(device, [64], async ([y]) => {
    const work = () => {
      for (let i = 0; i < dispatches; i++) {
        device.dispatch(tinyKernel, { label: 'tiny', bind: { y: y as Tensor }, workgroups: [1, 1, 1] });
      }
    };
    const repeated = await Repeated.record(device, work, { most: 1 });
    const times: number[] = [];
    for (let i = 0; i < 7; i++) times.push(await repeated.timedRun());
    repeated.dispose();
    return median(times) / 1000 / dispatches;
  });
}

async function barrierCost(device: Device, size: number): Promise<number> {
  const source = barriers.replace('@workgroup_size(64)', `@workgroup_size(${size})`);
  const kernel = new Kernel(`barriers_${size}`, source);
  const rounds = 4096;
  return withTensors(device, [size], async ([y]) => {
    const seconds = (BARRIERS: 0 | 1) =>
      secondsOf(device, () =>
        device.dispatch(kernel, {
          label: 'barriers',
          bind: { y: y as Tensor },
          params: { rounds },
          defines: { BARRIERS, SIZE: size },
          workgroups: [1, 1, 1],
        }),
      );
    return Math.max(0, (await seconds(1)) - (await seconds(0))) / (2 * rounds);
  });
}

/** Returns the median seconds of the work, by timestamps if available. */
async function secondsOf(device: Device, work: () => void): Promise<number> {
  const repeated = await Repeated.record(device, work, { milliseconds: 20 });
  const times: number[] = [];
  for (let i = 0; i < 7; i++) times.push((await repeated.gpuTime()) ?? (await repeated.timedRun()));
  repeated.dispose();
  return median(times) / 1000;
}

async function withTensors<T>(
  device: Device,
  sizes: number[],
  use: (tensors: Tensor[]) => Promise<T>,
): Promise<T> {
  const tensors = noGrad(() => scope(() => sizes.map((size) => zeros(device, [size]))));
  try {
    return await use(tensors);
  } finally {
    for (const tensor of tensors) tensor.dispose();
    device.trim();
  }
}
