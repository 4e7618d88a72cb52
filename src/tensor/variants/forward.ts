// Variants of forward operations; see ops/choose.ts. The tuner passes this module to them.
import type { Variants } from '../../gpu/choices.ts';
import type { ConvolutionGeometry } from '../ops/convolution-geometry.ts';
import { type DepthwiseOperands, depthwiseTiled, type Tile } from '../ops/depthwise-kernels.ts';
import {
  generalProduct,
  isGeneral,
  isNarrow,
  narrowProduct,
  type Product,
  type ProductSizes,
  wideProduct,
} from '../ops/matrix-product.ts';
import { inVec4 } from '../vec4.ts';

/** Rows per thread of matmul_subgroup.wgsl. */
const NARROW_ROWS = [4, 8, 16, 32] as const;

/** Returns the variants of `product`. */
export function productVariants(label: string, operands: Product, sizes: ProductSizes): Variants {
  const { epilogue, y } = operands;
  if (isGeneral(operands, sizes)) return {};
  const variants: Record<string, () => void> = { vec4: () => wideProduct(label, operands, sizes) };
  if (!epilogue?.residual) variants.general = () => generalProduct(label, operands, sizes);
  if (!isNarrow(y.device, sizes)) return variants;
  for (const rows of NARROW_ROWS) {
    variants[`subgroup${rows}`] = () => narrowProduct(label, operands, sizes, false, rows);
  }
  return variants;
}

/** Returns the variants of `depthwiseForward`. */
export function depthwiseVariants(
  label: string,
  geometry: ConvolutionGeometry,
  operands: DepthwiseOperands,
): Variants {
  const map = [geometry.outHeight, geometry.outWidth] as const;
  return tileVariants(geometry, map, (tile) => depthwiseTiled(label, geometry, operands, tile));
}

/** Threads for which tiles are sized, from a few cores to a large GPU. */
const THREADS = [64, 256, 2048, 16_384, 131_072] as const;

/**
 * Returns tiles for a map of [height, width], by name: `tile2x4` is 2 rows of 4 pixels. `step` divides the width of a
 * tile.
 */
export function tileVariants(
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
