// Variants of forward operations; see ops/choose.ts. The tuner passes this module to them.
import type { Variants } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import type { Dispatch, DispatchSpec } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import * as kernels from '../../kernels/index.ts';
import type { ConvolutionGeometry } from '../ops/convolution-geometry.ts';
import { type DepthwiseOperands, depthwiseSpec, type Tile } from '../ops/depthwise-kernels.ts';
import {
  generalProduct,
  isGeneral,
  isNarrow,
  narrowProduct,
  type Product,
  type ProductSizes,
  wideSpec,
} from '../ops/matrix-product.ts';
import { chunkVariants } from '../ops/partial-sums.ts';
import { inVec4 } from '../vec4.ts';

/** Rows per thread of matmul_subgroup.wgsl. */
const NARROW_ROWS = [4, 8, 12, 16, 24, 32] as const;

/** Rows and vec4 of columns per thread of matmul_vec4.wgsl, besides 8 x 2; the small ones are for GPUs. */
const WIDE_TILES = [
  [16, 2],
  [4, 2],
] as const;
const SMALL_TILES = [
  [2, 1],
  [1, 1],
] as const;

/** Returns the variants of `product`. */
function productVariants(label: string, operands: Product, sizes: ProductSizes): Variants {
  const { epilogue, y } = operands;
  const { device } = y;
  if (isGeneral(operands, sizes)) return {};
  const spec = wideSpec(label, operands, sizes);
  const wide = (ROWS: number, COLUMNS: number) => () => {
    const threads = Math.ceil(sizes.rows / ROWS) * Math.ceil(sizes.columns / (4 * COLUMNS));
    const defines = { ...spec.defines, ROWS, COLUMNS };
    device.dispatch(kernels.matmulVec4, { ...spec, defines, threads });
  };
  const variants: Record<string, () => void> = { vec4: () => device.dispatch(kernels.matmulVec4, spec) };
  const tiles = device.tuning.hasCostlyDispatches ? WIDE_TILES : [...WIDE_TILES, ...SMALL_TILES];
  for (const [rows, columns] of tiles) variants[`vec4tile${rows}x${columns}`] = wide(rows, columns);
  if (!epilogue?.residual && !epilogue?.gates)
    variants.general = () => generalProduct(label, operands, sizes);
  Object.assign(variants, gpuVariants(device, kernels.matmulVec4, spec));
  if (!isNarrow(device, sizes)) return variants;
  for (const rows of NARROW_ROWS) {
    variants[`subgroup${rows}`] = () => narrowProduct(label, operands, sizes, false, rows);
  }
  return variants;
}

/** Returns the variants of y = x w^T, with w [columns, inner], that go through tiles in workgroup memory. */
function tiledTransposed(label: string, operands: Product, sizes: ProductSizes): Variants {
  const { device } = operands.y;
  const spec = wideSpec(label, operands, sizes);
  const all = device.rules?.alternatives(kernels.matmulVec4, spec, device) ?? {};
  const variants: Record<string, () => void> = {};
  for (const [name, { kernel, spec }] of Object.entries(all)) {
    if (kernel.name !== 'matmul_tiled') continue;
    const overrides = { ...spec.overrides, TRANSPOSED: 1 };
    variants[name] = () => device.dispatch(kernel, { ...spec, overrides });
  }
  return variants;
}

/** Returns variants of x^T dy through tiles in workgroup memory: `tiled4` has 4 chunks of rows. */
function tiledChunks(
  device: Device,
  rows: number,
  record: (chunkRows: number, way: (kernel: Kernel, spec: DispatchSpec) => Dispatch) => void,
): Variants {
  const { rules } = device;
  if (!rules) return {};
  const way = (kernel: Kernel, spec: DispatchSpec) =>
    rules.alternatives(kernel, spec, device).tiled ?? { kernel, spec };
  return chunkVariants('tiled', rows, (chunkRows) => record(chunkRows, way));
}

/** Returns the variants of `depthwiseForward`. */
function depthwiseVariants(
  label: string,
  geometry: ConvolutionGeometry,
  operands: DepthwiseOperands,
): Variants {
  const { device } = operands.y;
  const map = [geometry.outHeight, geometry.outWidth] as const;
  const spec = (tile: Tile) => depthwiseSpec(label, geometry, operands, tile);
  return {
    ...tileVariants(geometry, map, (tile) => device.dispatch(kernels.depthwise, spec(tile))),
    ...gpuVariants(device, kernels.depthwise, spec({ rows: 1, width: 1 })),
  };
}

/** Returns the variants of batch norm in training, and of its gradient: `workgroup4` computes 4 Vecs of channels per workgroup. */
function batchNormVariants(
  device: Device,
  rows: number,
  inChunks: (chunkRows: number) => void,
  inWorkgroups: (across: number) => void,
): Variants {
  const variants: Record<string, () => void> = { ...chunkVariants('chunks', rows, inChunks) };
  for (let across = 1; across <= Math.min(16, device.tuning.batchNorm.threads); across *= 2) {
    variants[`workgroup${across}`] = () => inWorkgroups(across);
  }
  return variants;
}

/** Returns the variants of a dispatch for GPUs; none on software adapters. */
function gpuVariants(device: Device, kernel: Kernel, spec: DispatchSpec): Variants {
  const all = device.rules?.alternatives(kernel, spec, device) ?? {};
  const runs = Object.entries(all).map(
    ([name, other]) => [name, () => device.dispatch(other.kernel, other.spec)] as const,
  );
  return Object.fromEntries(runs);
}

/** Threads for which tiles are sized, from a few cores to a large GPU. */
const THREADS = [64, 256, 2048, 16_384, 131_072] as const;

/**
 * Returns tiles for a map of [height, width], by name: `tile2x4` is 2 rows of 4 pixels. `step` divides the width of a
 * tile.
 */
function tileVariants(
  { batch, channels }: ConvolutionGeometry,
  [height, width]: readonly [number, number],
  run: (tile: Tile) => void,
  step = 1,
): Variants {
  const variants: Record<string, () => void> = {};
  for (let side = step; side <= Math.max(step, Math.min(4, width)); side += step) {
    for (const threads of THREADS) {
      const wanted = Math.ceil(threads / (batch * inVec4(channels).count4 * Math.ceil(width / side)));
      const rows = Math.ceil(height / Math.min(height, wanted));
      variants[`tile${rows}x${side}`] = () => run({ rows, width: side });
    }
  }
  return variants;
}

/** A plain object, since bundlers keep a namespace (`import * as`) even if nothing uses it. */
export const forward = {
  batchNormVariants,
  depthwiseVariants,
  productVariants,
  tileVariants,
  tiledChunks,
  tiledTransposed,
};
