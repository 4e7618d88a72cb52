// How the rules of GPUs choose the division of a matrix product. Like gpu-rules.ts, this file must not import code that a page
// loads anyway.
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import { type Split, splitsOf, splitWorkgroups } from './divisions.ts';

/** Threads that a dispatch should have at least; the smallest GPUs run about this many at once. */
export const ENOUGH_THREADS = 4096;

/** Returns the sizes of a product that is given for matmul_vec4.wgsl. */
export function sizesOf({ params }: DispatchSpec): ProductSizes {
  const {
    rows = 0,
    inner = 0,
    columns4 = 0,
    eps = 0,
    height = 1,
    width = 1,
  } = params as Readonly<Record<string, number>>;
  return { rows, inner, vecs: columns4, eps, height, width };
}

export interface ProductSizes {
  rows: number;
  inner: number;
  /** columns in Vecs */
  vecs: number;
  eps: number;
  /** of the images, where gates multiply them */
  height: number;
  width: number;
}

/** Returns the first split with enough threads, otherwise the one with the most workgroups. */
export function splitFor({ rows, inner, vecs }: ProductSizes): Split | undefined {
  const workgroupsOf = (split: Split) => {
    const [across, down] = splitWorkgroups(rows, vecs, split);
    return across * down;
  };
  const splits = splitsOf(rows, inner, vecs);
  const byWorkgroups = [...splits].sort((a, b) => workgroupsOf(b) - workgroupsOf(a));
  return (
    splits.find((one) => workgroupsOf(one) * one.ACROSS * one.PARTS >= ENOUGH_THREADS) ?? byWorkgroups[0]
  );
}

/** Returns rows and vec4 of columns of the largest tile of matmul_vec4.wgsl with enough threads. */
export function wideTileFor(rows: number, columns4: number): readonly [number, number] {
  const tiles = [
    [8, 2],
    [4, 2],
    [2, 1],
  ] as const;
  const isEnough = ([height, width]: readonly [number, number]) =>
    Math.ceil(rows / height) * Math.ceil(columns4 / width) >= ENOUGH_THREADS;
  return tiles.find(isEnough) ?? [1, 1];
}
