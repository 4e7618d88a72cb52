import type { Device } from '../../gpu/device.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { splitRows, sumPartials } from './partial-sums.ts';

/** Parameters shared by the three kernels. Each thread computes a tile of the map [height, width]; `step` divides its width. */
function tiling(
  device: Device,
  { batch, height, width, channels, kernel, stride, padding, outHeight, outWidth }: ConvolutionGeometry,
  map: readonly [number, number],
  step = 1,
) {
  const { count4: channels4, defines } = inVec4(channels);
  const tile = tileFor(device, map, batch * channels4, step);
  const structure = {
    KERNEL_H: kernel[0],
    KERNEL_W: kernel[1],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    PAD_TOP: padding[0],
    PAD_LEFT: padding[1],
    TILE_W: tile.width,
  };
  const sizes = { height, width, channels4, outHeight, outWidth, tileRows: tile.rows };
  return { channels4, tiles: batch * tile.count, defines: { ...defines, ...structure }, sizes };
}

interface Tile {
  rows: number;
  width: number;
  /** number of tiles that cover the map */
  count: number;
}

/**
 * Returns the tile of a thread. A tile loads each pixel only once, so it gets as many rows as possible while enough
 * threads remain.
 */
function tileFor(
  device: Device,
  [height, width]: readonly [number, number],
  strips: number,
  step: number,
): Tile {
  const { threads, tileWidth } = device.tuning.depthwise;
  const side = Math.ceil((tileWidth === 'fitted' ? fittedWidth(width) : tileWidth) / step) * step;
  const across = Math.ceil(width / side);
  const wanted = Math.ceil(threads / (strips * across));
  const rows = Math.ceil(height / Math.min(height, wanted));
  return { rows, width: side, count: Math.ceil(height / rows) * across };
}

/** Returns the width of a tile in pixels: 3, unless 4, 2 or 1 saves a tenth of the loads and stores. */
function fittedWidth(width: number): number {
  const cost = (side: number) => Math.ceil(width / side) * (2 * side + 3);
  return [4, 2, 1].reduce((best, side) => (cost(side) < 0.9 * cost(best) ? side : best), 3);
}

/** Convolves each channel with its own kernel; dilation must be 1. */
export function depthwiseForward(
  label: string,
  geometry: ConvolutionGeometry,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  y: Tensor,
  epilogue: Epilogue | null,
): void {
  const { channels4, tiles, defines, sizes } = tiling(y.device, geometry, [
    geometry.outHeight,
    geometry.outWidth,
  ]);
  const { bind, overrides, params } = epilogueSpec(epilogue, bias, weight);
  const count = tiles * channels4;
  y.device.dispatch(kernels.depthwise, {
    label,
    bind: { x, weight, y, ...bind },
    overrides,
    params: { ...sizes, count, ...params },
    defines,
    threads: count,
  });
}

/** Computes the gradient of x. */
export function depthwiseGradInput(
  label: string,
  geometry: ConvolutionGeometry,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
): void {
  const { height, width, stride, padding } = geometry;
  // a thread computes groups of `stride` rows, and a tile starts at a multiple of the stride
  const groups = Math.ceil((height + padding[0]) / stride[0]);
  const { channels4, tiles, defines, sizes } = tiling(dx.device, geometry, [groups, width], stride[1]);
  const count = tiles * channels4;
  dx.device.dispatch(kernels.depthwiseGradInput, {
    label,
    bind: { dy, weight, dx },
    params: { ...sizes, count },
    defines,
    threads: count,
  });
}

/** Maximum sums that a thread keeps in registers. */
const MOST_SUMS = 25;

/** Computes the gradient of the weight. */
export function depthwiseGradWeight(
  label: string,
  geometry: ConvolutionGeometry,
  x: Tensor,
  dy: Tensor,
  dw: Tensor,
): void {
  const { outHeight, outWidth, kernel } = geometry;
  const isWhole = dw.device.tuning.depthwise.sumsWholeKernel && kernel[0] * kernel[1] <= MOST_SUMS;
  const { channels4, tiles, defines, sizes } = tiling(dw.device, geometry, [outHeight, outWidth]);
  const ROW_TAPS = isWhole ? kernel[0] : 1;
  const threads = (kernel[0] / ROW_TAPS) * channels4;
  const { chunks, chunkRows: chunkTiles } = splitRows(dw.device, tiles, threads, 2);
  const partial =
    chunks === 1 ? dw : empty(dw.device, [chunks, ...dw.shape], 'f32', `${label}: partial sums`);
  const count = chunks * threads;
  dw.device.dispatch(kernels.depthwiseGradWeightPartial, {
    label,
    bind: { x, dy, partial },
    params: { ...sizes, tiles, chunkTiles, count },
    defines: { ...defines, ROW_TAPS },
    threads: count,
  });
  if (partial !== dw) sumPartials(label, partial, dw, chunks);
}
