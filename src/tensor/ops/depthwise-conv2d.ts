import { checkOptions } from '../../gpu/check-options.ts';
import type { Device } from '../../gpu/device.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectReal } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import {
  type ConvolutionGeometry,
  checkBias,
  convolutionGeometry,
  convolutionMacs,
  WINDOW_OPTIONS,
  type WindowOptions,
} from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { splitRows, sumPartials } from './partial-sums.ts';

/**
 * Computes the depthwise convolution: convolves each channel of x [N, H, W, C] with its own kernel, weight [kh, kw, C],
 * and adds bias [C]; returns [N, H', W', C].
 *
 * For one channel, each of the three kernels is a transpose of the others. With y = x correlated with w, each tap w[r,
 * s] connects the pixel x[i stride + r - padding, j stride + s - padding] with y[i, j]. In the other directions:
 * - dx correlates dy with the flipped kernel; the stride becomes a dilation of dy, that is, zeros between its pixels, and
 *   the padding becomes kernel - 1 - padding. `depthwise_grad_input.wgsl` skips those zeros.
 * - dw correlates x with dy; the stride becomes the distance between the taps, and the result has the size of the kernel.
 *   `depthwise_grad_weight_partial.wgsl` sums parts of the image, which a second kernel adds.
 * @throws Error when the channels disagree, an option is out of range or the kernel does not fit
 */
export function depthwiseConv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: WindowOptions = {},
): Tensor {
  const { geometry, channels } = planDepthwise(x, weight, options);
  checkBias('depthwiseConv2d', bias, channels);
  const { batch, outHeight, outWidth } = geometry;
  const y = empty(x.device, [batch, outHeight, outWidth, channels], x.dtype, 'depthwiseConv2d');
  forward(geometry, x, weight, bias, y, null);
  return differentiable('depthwiseConv2d', y, bias ? [x, weight, bias] : [x, weight], (save) => {
    // x is needed only for the weight's gradient, and the weight only for the gradient of x
    const savedX = weight.requiresGrad ? save(x) : null;
    const savedWeight = x.requiresGrad ? save(weight) : null;
    const hasBias = bias !== null;
    return (dy, slots, gradients) => {
      return [
        slots.fill(0, (dx) => gradients.depthwiseInput(geometry, dy, savedWeight as Tensor, dx)),
        slots.fill(1, (dw) => gradients.depthwiseWeight(geometry, savedX as Tensor, dy, dw)),
        hasBias ? slots.fill(2, (db) => gradients.columnSum('depthwiseConv2d bias gradient', dy, db)) : null,
      ];
    };
  });
}

/** Computes the convolution, batch norm in evaluation mode and an activation in one pass. For inference: it is not taped. */
export function depthwiseConv2dFused(
  x: Tensor,
  weight: Tensor,
  epilogue: Epilogue,
  options: WindowOptions,
): Tensor {
  const { geometry, channels } = planDepthwise(x, weight, options);
  const { batch, outHeight, outWidth } = geometry;
  const y = empty(x.device, [batch, outHeight, outWidth, channels], x.dtype, 'depthwiseConv2d');
  forward(geometry, x, weight, null, y, epilogue);
  return y;
}

function planDepthwise(x: Tensor, weight: Tensor, options: WindowOptions) {
  checkOptions('depthwiseConv2d', options, WINDOW_OPTIONS);
  expectReal('depthwiseConv2d', 'weight', weight);
  if (weight.rank !== 3) {
    throw new ShapeError(`depthwiseConv2d: weight: got shape ${show(weight.shape)}, expected [kh, kw, C]`);
  }
  const [kernelHeight, kernelWidth, channels] = weight.shape as readonly number[] as [number, number, number];
  const { stride, padding } = options;
  const geometry = convolutionGeometry('depthwiseConv2d', x, [kernelHeight, kernelWidth], {
    stride,
    padding,
  });
  if (geometry.channels !== channels) {
    throw new ShapeError(
      `depthwiseConv2d: weight has ${channels} channels, but x has ${geometry.channels} ` +
        '(did you pass the expanded width?)',
    );
  }
  return { geometry, channels };
}

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

function forward(
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
    label: 'depthwiseConv2d',
    bind: { x, weight, y, ...bind },
    overrides,
    params: { ...sizes, count, ...params },
    defines,
    threads: count,
  });
}

/** Computes the gradient of x; called through `ops/gradients.ts`. */
export function depthwiseGradInput(
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
    label: 'depthwiseConv2d input gradient',
    bind: { dy, weight, dx },
    params: { ...sizes, count },
    defines,
    threads: count,
  });
}

/** Maximum sums that a thread keeps in registers. */
const MOST_SUMS = 25;

/** Computes the gradient of the weight; called through `ops/gradients.ts`. */
export function depthwiseGradWeight(geometry: ConvolutionGeometry, x: Tensor, dy: Tensor, dw: Tensor): void {
  const label = 'depthwiseConv2d weight gradient';
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

export const depthwiseConv2dInfo: OpInfo = {
  name: 'depthwiseConv2d',
  doc: 'convolution of each channel with its own kernel, NHWC with weights [kh, kw, C]',
  gradient: 'as for conv2d, per channel',
  cost: (inputs, result) => ({
    macs: convolutionMacs(inputs[1] ?? [], result, 1),
    bytes: elementwiseCost(inputs, result).bytes,
  }),
};
