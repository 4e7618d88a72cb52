// The gradients of an untaped matrix product with respect to both operands.
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { choose } from './choose.ts';
import type { Epilogue } from './epilogue.ts';
import {
  isNarrow,
  narrowProduct,
  type ProductSizes,
  product,
  stridedProduct,
  wideSpec,
} from './matrix-product.ts';
import { chunkVariants, splitRows, sumPartials } from './partial-sums.ts';

/**
 * Computes the gradient of `product` with respect to x: dx [rows, inner] = dy [rows, columns] w^T + plus. `plus` needs
 * an `inner` that is a multiple of four.
 */
export function productGradInput(
  label: string,
  { dy, w, dx, plus = null }: { dy: Tensor; w: Tensor; dx: Tensor; plus?: Tensor | null },
  { rows, inner, columns }: ProductSizes,
): void {
  const { device } = dx;
  const sizes = { rows, inner: columns, columns: inner };
  const epilogue: Epilogue | null = plus && { norm: null, activation: 'none', residual: plus };
  const isVectored = inner % 4 === 0;
  if (plus && !isVectored) {
    throw new Error(`${label}: an added gradient needs a multiple of four columns (got ${inner})`);
  }
  const strided = () => {
    const layout = { aRow: columns, aInner: 1, bInner: 1, bColumn: columns };
    stridedProduct(label, { a: dy, b: w, y: dx }, sizes, layout);
  };
  const narrow = (tileRows?: number) =>
    narrowProduct(label, { x: dy, w, y: dx, epilogue }, sizes, true, tileRows);
  const transposed = () => {
    const turned = empty(w.device, [columns, inner], 'f32', `${label}: transposed weight`);
    const count = inner * columns;
    w.device.dispatch(kernels.transpose, {
      label,
      bind: { x: w, y: turned },
      params: { rows: inner, columns, count },
      threads: count,
    });
    product(label, { x: dy, w: turned, y: dx, epilogue }, sizes);
  };
  choose(
    dx,
    'matmulGradInput',
    [rows, inner, columns],
    () => {
      // with few outputs an extra dispatch that transposes the weight may not pay off
      const isFew = device.tuning.hasCostlyDispatches && columns % 4 !== 0 && !plus;
      if (!isVectored || isFew) {
        strided();
      } else if (isNarrow(device, sizes)) {
        narrow();
      } else {
        const inTiles = device.rules?.transposed(
          wideSpec(label, { x: dy, w, y: dx, epilogue }, sizes),
          device,
        );
        if (inTiles) device.dispatch(inTiles.kernel, inTiles.spec);
        else transposed();
      }
    },
    (forward) => ({
      ...(isVectored && forward.tiledTransposed(label, { x: dy, w, y: dx, epilogue }, sizes)),
      ...(!plus && { strided }),
      ...(isVectored && { transposed }),
      ...(isNarrow(device, sizes) && {
        subgroup4: () => narrow(4),
        subgroup8: () => narrow(8),
        subgroup12: () => narrow(12),
        subgroup16: () => narrow(16),
        subgroup24: () => narrow(24),
        subgroup32: () => narrow(32),
      }),
    }),
  );
}

/** Computes the gradient of `product` with respect to w: dw [inner, columns] = x^T dy. */
export function productGradWeight(
  label: string,
  { x, dy, dw }: { x: Tensor; dy: Tensor; dw: Tensor },
  { rows, inner, columns }: ProductSizes,
): void {
  const { device } = dw;
  const lanes = device.tuning.sharingLanes;
  const isVectored = inner % 4 === 0 && columns % 4 === 0;
  const isShared = isVectored && lanes > 0;
  const wideTiles = Math.ceil(inner / 8) * Math.ceil(columns / 8);
  /** Runs `record` on dw itself or on one partial sum per chunk. */
  const inChunks = (chunkRows: number, record: (partial: Tensor, chunks: number) => void) => {
    const chunks = Math.ceil(rows / chunkRows);
    const partial =
      chunks === 1 ? dw : empty(device, [chunks, inner, columns], 'f32', `${label}: partial sums`);
    record(partial, chunks);
    if (partial !== dw) sumPartials(label, partial, dw, chunks);
  };
  const shared = (wantedRows: number) => {
    const chunkRows = Math.ceil(wantedRows / 4) * 4;
    inChunks(chunkRows, (partial, chunks) => {
      device.dispatch(kernels.matmulTnSubgroupPartial, {
        label,
        bind: { x, dy, partial },
        // measured: on SwiftShader the tests of TAIL cost 10 to 17 %; without them LLVM's code takes 1.5 times as long
        overrides: { LANES: lanes, TAIL: lanes > 4 || rows % 4 ? 1 : 0 },
        defines: { SHARED: lanes / 4 },
        params: { rows, inner4: inner / 4, columns4: columns / 4, chunkRows },
        workgroups: [Math.ceil(columns / 4 / lanes), Math.ceil(inner / 16), chunks],
      });
    });
  };
  const wide = (chunkRows: number, way = (kernel: Kernel, spec: DispatchSpec) => ({ kernel, spec })) =>
    inChunks(chunkRows, (partial, chunks) => {
      const count = chunks * wideTiles;
      const { kernel, spec } = way(kernels.matmulTnPartialVec4, {
        label,
        bind: { x, dy, partial },
        params: { rows, inner4: inner / 4, columns4: columns / 4, chunkRows, count },
        threads: count,
      });
      device.dispatch(kernel, spec);
    });
  const strided = (chunkRows: number) =>
    inChunks(chunkRows, (partial) => {
      const layout = { aRow: 1, aInner: inner, bInner: columns, bColumn: 1, innerChunk: chunkRows };
      stridedProduct(label, { a: x, b: dy, y: partial }, { rows: inner, inner: rows, columns }, layout);
    });
  choose(
    dw,
    'matmulGradWeight',
    [rows, inner, columns],
    () => {
      const tiles = isShared ? Math.ceil(inner / 16) * Math.ceil(columns / 4) : wideTiles;
      // a GPU needs short chunks for enough threads, without vec4 shorter ones
      const { chunkRows } = splitRows(device, rows, tiles, isVectored ? 8 : 4, 64);
      (isShared ? shared : isVectored ? wide : strided)(chunkRows);
    },
    (forward) => ({
      ...(isVectored && forward.tiledChunks(device, rows, wide)),
      ...(isShared && chunkVariants('subgroup', rows, shared)),
      ...(isVectored ? chunkVariants('vec4', rows, wide) : chunkVariants('strided', rows, strided)),
    }),
  );
}
