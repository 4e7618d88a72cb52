import type { Device } from '../../gpu/device.ts';
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import * as kernels from '../../kernels/index.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ACTIVATIONS } from './batch-norm.ts';
import { choose } from './choose.ts';
import { type Epilogue, epilogueSpec, gatesSpec } from './epilogue.ts';

/**
 * Untaped matrix products on row-major memory of any shape, for matmul, linear and the pointwise convolution. The fast
 * kernels need a multiple of four columns; the general one supports all sizes.
 */

/** Sizes of y [rows, columns] = a [rows, inner] b [inner, columns]. */
export interface ProductSizes {
  rows: number;
  inner: number;
  columns: number;
}

/** Strides of the general kernel's operands, in elements. */
export interface ProductLayout {
  aRow: number;
  aInner: number;
  bInner: number;
  bColumn: number;
  /** up to four batch axes; stride 0 along axes that are broadcast */
  batchShape?: readonly number[];
  aBatch?: readonly number[];
  bBatch?: readonly number[];
  /** length of the chunks of `inner`; y is then [chunks, batch..., rows, columns] */
  innerChunk?: number;
}

interface Operands {
  a: Tensor;
  b: Tensor;
  bias?: Tensor | null;
  y: Tensor;
  /** must not have a residual */
  epilogue?: Epilogue | null;
}

/** Computes y = a b + bias for operands of any layout. */
export function stridedProduct(
  label: string,
  operands: Operands,
  sizes: ProductSizes,
  layout: ProductLayout,
): void {
  const { a, b, bias, y, epilogue } = operands;
  const { rows, inner, columns } = sizes;
  const { aRow, aInner, bInner, bColumn, batchShape = [], innerChunk = inner } = layout;
  const batches = sizeOf(batchShape);
  const chunks = Math.ceil(inner / innerChunk);
  const count = chunks * batches * Math.ceil(rows / 8) * Math.ceil(columns / 8);
  const four = (values: readonly number[], fill: number) => [
    ...new Array<number>(4 - values.length).fill(fill),
    ...values,
  ];
  const norm = epilogue?.norm;
  y.device.dispatch(kernels.matmul, {
    label,
    bind: {
      a,
      b,
      bias: bias ?? b,
      y,
      gamma: norm?.gamma ?? b,
      beta: norm?.beta ?? b,
      mean: norm?.mean ?? b,
      variance: norm?.variance ?? b,
    },
    overrides: {
      HAS_BIAS: bias ? 1 : 0,
      NORM: norm ? 1 : 0,
      ACTIVATION: ACTIVATIONS.indexOf(epilogue?.activation ?? 'none'),
    },
    params: {
      eps: norm?.eps ?? 0,
      biasTimes: epilogue?.biasTimes ?? 1,
      batchShape: four(batchShape, 1),
      aBatch: four(layout.aBatch ?? batchShape.map(() => 0), 0),
      bBatch: four(layout.bBatch ?? batchShape.map(() => 0), 0),
      batches,
      rows,
      columns,
      inner,
      innerChunk,
      aRow,
      aInner,
      bInner,
      bColumn,
      count,
    },
    threads: count,
  });
}

/** Operands of y = x w + bias, all row-major. */
export interface Product {
  x: Tensor;
  w: Tensor;
  bias?: Tensor | null;
  y: Tensor;
  epilogue?: Epilogue | null;
}

/**
 * Computes y = x w + bias with matmul_subgroup.wgsl; if `transposed`, w is [columns, inner]. `ROWS` is 4, 8, 12, 16,
 * 24 or 32 rows per thread.
 */
export function narrowProduct(
  label: string,
  { x, w, bias = null, y, epilogue = null }: Product,
  { rows, inner, columns }: ProductSizes,
  transposed: boolean,
  ROWS: number = rowsOfThread(rows, y.device),
): void {
  const { bind, overrides, params } = epilogueSpec(epilogue, bias, w);
  const gates = gatesSpec(epilogue?.gates, x.shape);
  const { sharingLanes: lanes, storeCopies } = y.device.tuning;
  const copies = Math.min(ROWS, storeCopies);
  y.device.dispatch(kernels.matmulSubgroup, {
    label,
    bind: { x, w, residual: epilogue?.residual ?? x, y, ...bind, ...gates.bind },
    overrides: {
      ...overrides,
      RESIDUAL: epilogue?.residual ? 1 : 0,
      TRANSPOSED: transposed ? 1 : 0,
      LANES: lanes,
    },
    defines: {
      ROWS,
      SHARERS: ROWS % lanes ? 4 : lanes,
      COPIES: ROWS % copies ? 4 : copies,
      ...gates.defines,
    },
    params: { rows, inner4: inner / 4, columns4: columns / 4, ...params, ...gates.params },
    workgroups: [Math.ceil(columns / 4 / lanes), Math.ceil(rows / ROWS), 1],
  });
}

/**
 * Returns the rows per thread of matmul_subgroup.wgsl. More rows share the loads of w, but the last thread may waste
 * more of them.
 */
function rowsOfThread(rows: number, { tuning }: Device): number {
  const cost = (tile: number) => Math.ceil(rows / tile) * (tile + 7); // measured: loading w costs as much as seven rows
  return tuning.sharingRows.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best));
}

/** Returns whether matmul_subgroup.wgsl supports the device and the sizes. */
export function isNarrow(device: Device, { rows, inner, columns }: ProductSizes): boolean {
  return (
    device.tuning.sharingLanes > 0 &&
    inner % 4 === 0 &&
    columns % 4 === 0 &&
    rows <= 16 * device.limits.maxComputeWorkgroupsPerDimension
  );
}

/** The dispatch of matmul_vec4.wgsl, with 8 rows and 8 columns per thread. */
export function wideSpec(
  label: string,
  { x, w, bias = null, y, epilogue = null }: Product,
  { rows, inner, columns }: ProductSizes,
): DispatchSpec {
  const { bind, overrides, params } = epilogueSpec(epilogue, bias, w);
  const gates = gatesSpec(epilogue?.gates, x.shape);
  return {
    label,
    bind: { x, w, residual: epilogue?.residual ?? x, y, ...bind, ...gates.bind },
    overrides: { ...overrides, RESIDUAL: epilogue?.residual ? 1 : 0 },
    defines: gates.defines,
    params: { rows, inner, columns4: columns / 4, ...params, ...gates.params },
    threads: Math.ceil(rows / 8) * Math.ceil(columns / 8),
  };
}

/** Returns whether only the general kernel supports a product: the fast ones have no binding for a bias in addition to a norm. */
export function isGeneral({ bias, epilogue }: Product, { columns }: ProductSizes): boolean {
  return columns % 4 !== 0 || !!(bias && (epilogue?.norm || epilogue?.biasTimes));
}

/** Computes y = x w + bias with the general kernel; there must be no residual. */
export function generalProduct(
  label: string,
  { x, w, bias = null, y, epilogue = null }: Product,
  sizes: ProductSizes,
): void {
  const { inner, columns } = sizes;
  if (epilogue?.residual || epilogue?.gates)
    throw new Error(`${label}: a residual and gates need a multiple of four columns (got ${columns})`);
  const layout = { aRow: inner, aInner: 1, bInner: columns, bColumn: 1 };
  stridedProduct(label, { a: x, b: w, bias, y, epilogue }, sizes, layout);
}

/** Computes y = x w + bias, all row-major, then applies the epilogue. A residual needs a multiple of four columns. */
export function product(label: string, operands: Product, sizes: ProductSizes): void {
  const { rows, inner, columns } = sizes;
  const { y, epilogue } = operands;
  choose(
    y,
    epilogue?.gates ? 'gatedMatmul' : 'matmul',
    [rows, inner, columns],
    () => {
      if (isGeneral(operands, sizes)) generalProduct(label, operands, sizes);
      else if (isNarrow(operands.y.device, sizes)) narrowProduct(label, operands, sizes, false);
      else operands.y.device.dispatch(kernels.matmulVec4, wideSpec(label, operands, sizes));
    },
    (forward) => forward.productVariants(label, operands, sizes),
  );
}
