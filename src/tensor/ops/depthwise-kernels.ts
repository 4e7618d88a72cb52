import type { Device } from '../../gpu/device.ts';
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { choose } from './choose.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { chunkVariants, splitRows, sumPartials } from './partial-sums.ts';

/** Height and width of a map, in pixels. */
type Size = readonly [number, number];

/** Pixels that one thread computes. */
export interface Tile {
  rows: number;
  width: number;
}

/** Parameters shared by the three kernels. Each thread computes a tile of the map [height, width]. */
function tiling(
  { batch, height, width, channels, kernel, stride, padding, outHeight, outWidth }: ConvolutionGeometry,
  [mapHeight, mapWidth]: Size,
  tile: Tile,
) {
  const { count4: channels4, defines } = inVec4(channels);
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
  const tiles = batch * Math.ceil(mapHeight / tile.rows) * Math.ceil(mapWidth / tile.width);
  return { channels4, tiles, defines: { ...defines, ...structure }, sizes };
}

/**
 * Returns the tile of a thread. A tile loads each pixel only once, so it gets as many rows as possible while enough
 * threads remain. `step` divides its width.
 */
function tileFor(device: Device, { batch, channels }: ConvolutionGeometry, map: Size, step = 1): Tile {
  const [height, width] = map;
  const { threads, tileWidth } = device.tuning.depthwise;
  const side = Math.ceil((tileWidth === 'fitted' ? fittedWidth(width) : tileWidth) / step) * step;
  const wanted = Math.ceil(threads / (batch * inVec4(channels).count4 * Math.ceil(width / side)));
  return { rows: Math.ceil(height / Math.min(height, wanted)), width: side };
}

/**
 * Returns the width of a tile in pixels: 3, unless 4 or 1 saves a tenth of the loads and stores. Tiles of 2 would suit maps of
 * 2 pixels, but those are so small that compiling their pipelines takes longer than they save.
 */
function fittedWidth(width: number): number {
  const cost = (side: number) => Math.ceil(width / side) * (2 * side + 3);
  return [4, 1].reduce((best, side) => (cost(side) < 0.9 * cost(best) ? side : best), 3);
}

/** Returns how a thread loads the taps and treats rows outside the image. */
function flow(device: Device): Record<string, number> {
  const { depthwise } = device.tuning;
  return { TAPS_LOOP: +depthwise.loadsTapsInLoop, SKIPS: +depthwise.skipsRows };
}

/** Returns the numbers that identify a convolution in a tuning table. */
function shapeOf({ batch, height, width, channels, kernel, stride }: ConvolutionGeometry): number[] {
  return [batch, height, width, channels, ...kernel, ...stride];
}

/** Operands of a depthwise convolution. */
export interface DepthwiseOperands {
  x: Tensor;
  weight: Tensor;
  bias: Tensor | null;
  y: Tensor;
  epilogue: Epilogue | null;
}

/** Convolves each channel with its own kernel; dilation must be 1. */
export function depthwiseForward(
  label: string,
  geometry: ConvolutionGeometry,
  operands: DepthwiseOperands,
): void {
  const { y } = operands;
  choose(
    y,
    'depthwise',
    shapeOf(geometry),
    () => {
      const tile = tileFor(y.device, geometry, [geometry.outHeight, geometry.outWidth]);
      y.device.dispatch(kernels.depthwise, depthwiseSpec(label, geometry, operands, tile));
    },
    (forward) => forward.depthwiseVariants(label, geometry, operands),
  );
}

/** The dispatch of depthwise.wgsl with tiles of the given size; their width is 1 to 4. */
export function depthwiseSpec(
  label: string,
  geometry: ConvolutionGeometry,
  { x, weight, bias, y, epilogue }: DepthwiseOperands,
  tile: Tile,
): DispatchSpec {
  const map = [geometry.outHeight, geometry.outWidth] as const;
  const { channels4, tiles, defines, sizes } = tiling(geometry, map, tile);
  const { bind, overrides, params } = epilogueSpec(epilogue, bias, weight);
  const count = tiles * channels4;
  return {
    label,
    bind: { x, weight, y, ...bind },
    overrides,
    params: { ...sizes, count, ...params },
    defines: { ...defines, ...flow(y.device) },
    threads: count,
    hasLongThreads: true,
  };
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
  const map = [Math.ceil((height + padding[0]) / stride[0]), width] as const;
  const run = (tile: Tile) => {
    const { channels4, tiles, defines, sizes } = tiling(geometry, map, tile);
    const count = tiles * channels4;
    dx.device.dispatch(kernels.depthwiseGradInput, {
      label,
      bind: { dy, weight, dx },
      params: { ...sizes, count },
      defines: { ...defines, ...flow(dx.device) },
      threads: count,
      hasLongThreads: true,
    });
  };
  choose(
    dx,
    'depthwiseGradInput',
    shapeOf(geometry),
    () => run(tileFor(dx.device, geometry, map, stride[1])),
    (forward) => forward.tileVariants(geometry, map, run, stride[1]),
  );
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
  const { device } = dw;
  const map = [outHeight, outWidth] as const;
  const mayBeWhole = kernel[0] * kernel[1] <= MOST_SUMS;
  const { channels4, tiles, defines, sizes } = tiling(geometry, map, tileFor(device, geometry, map));
  const threadsOf = (rowTaps: number) => (kernel[0] / rowTaps) * channels4;
  const run = (ROW_TAPS: number, chunkTiles: number) => {
    const chunks = Math.ceil(tiles / chunkTiles);
    const partial = chunks === 1 ? dw : empty(device, [chunks, ...dw.shape], 'f32', `${label}: partial sums`);
    const count = chunks * threadsOf(ROW_TAPS);
    device.dispatch(kernels.depthwiseGradWeightPartial, {
      label,
      bind: { x, dy, partial },
      params: { ...sizes, tiles, chunkTiles, count },
      defines: { ...defines, ROW_TAPS },
      threads: count,
      hasLongThreads: true,
    });
    if (partial !== dw) sumPartials(label, partial, dw, chunks);
  };
  choose(
    dw,
    'depthwiseGradWeight',
    shapeOf(geometry),
    () => {
      const taps = mayBeWhole && device.tuning.depthwise.sumsWholeKernel ? kernel[0] : 1;
      run(taps, splitRows(device, tiles, threadsOf(taps), 2).chunkRows);
    },
    () => ({
      ...chunkVariants('row', tiles, (chunkTiles) => run(1, chunkTiles)),
      ...(mayBeWhole && chunkVariants('kernel', tiles, (chunkTiles) => run(kernel[0], chunkTiles))),
    }),
  );
}
