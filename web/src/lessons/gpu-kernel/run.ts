import { type Device, empty, Kernel, noGrad, randn, scope, type Tensor } from 'feathergrad';
import { Repeated } from '../../../../bench/own/repeated.ts';
import depthwiseSource from '../../../../src/kernels/wgsl/depthwise.wgsl';
import pointwiseSource from '../../../../src/kernels/wgsl/matmul_vec4.wgsl';
import apartSource from './copy_apart.wgsl';
import type { TileTimes } from './verdict.ts';
import { GROUP, type Layer, TILES, type Tile, threadsOf, tileOf } from './work.ts';

// other names than the library's, for which a GPU may select other tiles
const pointwiseKernel = new Kernel('lesson_matmul_vec4', pointwiseSource);
const depthwiseKernel = new Kernel('lesson_depthwise', depthwiseSource);
const apartKernel = new Kernel('copy_apart', apartSource);
const ROUNDS = 5;

/** Returns the input [1, side, side, channels] and the weights of a layer, random but the same every time. */
export function inputsOf(device: Device, { name, side, channels }: Layer): [x: Tensor, w: Tensor] {
  const shape = name === 'pointwise' ? [1, 1, channels, channels] : [3, 3, channels];
  return [randn(device, [1, side, side, channels], { seed: 1 }), randn(device, shape, { seed: 2, std: 0.1 })];
}

/** Dispatches the library's kernel of a layer with a tile, and returns its output. */
export function runLayer(layer: Layer, tile: Tile, x: Tensor, w: Tensor): Tensor {
  const { side, channels } = layer;
  const { device } = x;
  const y = empty(device, [1, side, side, channels]);
  const threads = threadsOf(layer, tile);
  const workgroups = [Math.ceil(threads / GROUP), 1, 1] as const;
  // bindings that these layers do not use need a buffer, too
  if (layer.name === 'pointwise') {
    device.dispatch(pointwiseKernel, {
      label: 'pointwise',
      bind: { x, w, bias: w, y, gamma: w, mean: w, variance: w, residual: x },
      params: { rows: side ** 2, inner: channels, columns4: channels / 4, eps: 0, height: 1, width: 1 },
      defines: { ROWS: tile.rows, COLUMNS: tile.columns },
      workgroups,
    });
  } else {
    const sizes = { height: side, width: side, outHeight: side, outWidth: side, channels4: channels / 4 };
    device.dispatch(depthwiseKernel, {
      label: 'depthwise',
      bind: { x, weight: w, bias: w, y, gamma: w, mean: w, variance: w },
      params: { ...sizes, tileRows: tile.rows, count: threads, eps: 0 },
      defines: { TILE_W: tile.columns },
      workgroups,
    });
  }
  return y;
}

/** Returns the median milliseconds of a layer with each tile, measured alternately. */
export async function timesOf(device: Device, layer: Layer): Promise<TileTimes> {
  const inputs = inputsOf(device, layer);
  try {
    const works = TILES.map((tile) => () => void runLayer(layer, tileOf(layer.name, tile), ...inputs));
    const [small = 0, medium = 0, large = 0] = await medianTimes(device, works);
    return { small, medium, large };
  } finally {
    for (const one of inputs) one.dispose();
  }
}

/** Numbers that the copies below move, and how far apart neighboring threads work in the second. */
export const COPIED = 2 ** 20;
export const APART = 1024;

/** Returns bytes per second of a copy whose neighboring threads work `step` numbers apart. */
export async function copyRate(device: Device, step: number): Promise<number> {
  using x = randn(device, [COPIED], { seed: 1 });
  const [milliseconds = 0] = await medianTimes(device, [() => void copyBy(x, step)]);
  return (8 * COPIED * 1000) / milliseconds;
}

/** Returns a copy of x, whose size is a multiple of `step`. */
export function copyBy(x: Tensor, step: number): Tensor {
  const y = empty(x.device, [x.size]);
  x.device.dispatch(apartKernel, {
    label: 'copy',
    bind: { x, y },
    params: { count: x.size, step },
    threads: x.size,
  });
  return y;
}

/** Returns the median milliseconds of each work. They run in turn, so that slow phases of the machine affect all. */
async function medianTimes(device: Device, works: readonly (() => void)[]): Promise<number[]> {
  const all: Repeated[] = [];
  try {
    for (const work of works) {
      all.push(await Repeated.record(device, () => scope(() => noGrad(work)), { milliseconds: 20 }));
    }
    const times: number[][] = all.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, one] of all.entries()) times[i]?.push(await one.timedRun());
    }
    return times.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1] as number);
  } finally {
    for (const one of all) one.dispose();
  }
}
