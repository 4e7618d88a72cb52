import { boolean, checkValue } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { expectDType } from '../expect.ts';
import { scope } from '../scope.ts';
import { axesOf, axisOf, type Shape, sizeOf } from '../shape.ts';
import { differentiable, noGrad } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { div, mul } from './binary.ts';
import { cast } from './cast.ts';
import { equal } from './compare.ts';
import { expand } from './expand.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { reshape } from './reshape.ts';

type Axes = number | readonly number[] | undefined;

/** In the order of the kernel's OPERATION override. */
const OPERATIONS = ['sum', 'max', 'min'] as const;
type Operation = (typeof OPERATIONS)[number];

/** Longest run that one thread reduces before the axis is cut in two levels. */
const LONGEST_RUN = 256;

/** Reduces one axis of x seen as [outer, length, inner]. */
function reduceAxis(name: Operation, x: Tensor, outer: number, length: number, inner: number): Tensor {
  const chunkLength = length <= LONGEST_RUN ? length : Math.ceil(Math.sqrt(length));
  const chunks = Math.ceil(length / chunkLength);
  const y = empty(x.device, [outer, chunks, inner], 'f32', name);
  x.device.dispatch(kernels.reduce, {
    label: name,
    bind: { x, y },
    params: { length, inner, chunks, chunkLength, count: y.size },
    overrides: { OPERATION: OPERATIONS.indexOf(name) },
    threads: y.size,
  });
  return chunks === 1 ? y : reduceAxis(name, y, outer, chunks, inner);
}

/** Shapes without and with the reduced axes. */
function reducedShapes(shape: Shape, axes: readonly number[]): { dropped: number[]; kept: number[] } {
  return {
    dropped: shape.filter((_, axis) => !axes.includes(axis)),
    kept: shape.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  };
}

/** Reduces runs of neighboring axes one after the other, from the last. */
function reduceAll(name: Operation, x: Tensor, axes: readonly number[]): Tensor {
  const shape = [...x.shape];
  let value = x;
  for (let last = axes.length - 1; last >= 0; ) {
    let first = last;
    while (first > 0 && axes[first - 1] === (axes[first] as number) - 1) first--;
    const [from, to] = [axes[first] as number, (axes[last] as number) + 1];
    const length = sizeOf(shape.slice(from, to));
    value = reduceAxis(name, value, sizeOf(shape.slice(0, from)), length, sizeOf(shape.slice(to)));
    shape.fill(1, from, to);
    last = first - 1;
  }
  return value;
}

function reduce(name: Operation, x: Tensor, axes: Axes, keepDims: boolean, caller: string = name): Tensor {
  expectDType(caller, 'x', x, 'f32');
  if (typeof keepDims !== 'boolean') checkValue(caller, 'keepDims', keepDims, boolean);
  const list = axesOf(caller, axes, x.rank);
  const { dropped, kept } = reducedShapes(x.shape, list);
  const y = scope(() => noGrad(() => reduceAll(name, x, list).alias(keepDims ? kept : dropped)));
  return differentiable(name, y, [x], (save) => {
    const before = x.shape;
    if (name === 'sum') return (dy) => [expand(reshape(dy, kept), before)];
    const [savedX, savedY] = [save(x), save(y)];
    // equal extrema share the gradient evenly, as torch.amax
    return (dy) => {
      const hits = cast(equal(savedX, expand(reshape(savedY, kept), before)), 'f32');
      const share = div(reshape(dy, kept), sum(hits, list, true));
      return [mul(hits, share)];
    };
  });
}

/** Sum over the axes given (all when left out). */
export function sum(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return reduce('sum', x, axes, keepDims);
}

/** Mean over the axes given (all when left out). */
export function mean(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return scope(() => {
    const total = reduce('sum', x, axes, keepDims, 'mean');
    return mul(total, total.size / x.size);
  });
}

/** Largest element along the axes, NaN if one is NaN; equal ones share the gradient, which is NaN for all where the result is. */
export function max(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return reduce('max', x, axes, keepDims);
}

/** Smallest element along the axes, NaN if one is NaN; equal ones share the gradient, which is NaN for all where the result is. */
export function min(x: Tensor, axes?: Axes, keepDims = false): Tensor {
  return reduce('min', x, axes, keepDims);
}

/** Index (u32) of the largest element along one axis, the first among equals; a NaN is the largest. Not differentiable. */
export function argMax(x: Tensor, axis: number): Tensor {
  expectDType('argMax', 'x', x, 'f32');
  const at = axisOf('argMax', axis, x.rank);
  const y = empty(x.device, reducedShapes(x.shape, [at]).dropped, 'u32', 'argMax');
  const params = { length: x.shape[at] as number, inner: sizeOf(x.shape.slice(at + 1)), count: y.size };
  x.device.dispatch(kernels.argMax, { label: 'argMax', bind: { x, y }, params, threads: y.size });
  return y;
}

export const reduceInfos: OpInfo[] = [
  {
    name: 'sum',
    doc: 'sum over axes',
    gradient: 'dx = dy repeated along the summed axes',
    cost: elementwiseCost,
  },
  {
    name: 'mean',
    doc: 'mean over axes',
    gradient: 'dx = dy / n repeated along the axes',
    cost: elementwiseCost,
  },
  {
    name: 'max',
    doc: 'largest element over axes',
    gradient: 'dx = dy shared equally among the elements that equal the maximum',
    cost: elementwiseCost,
  },
  {
    name: 'min',
    doc: 'smallest element over axes',
    gradient: 'dx = dy shared equally among the elements that equal the minimum',
    cost: elementwiseCost,
  },
  {
    name: 'argMax',
    doc: 'index of the largest element along an axis',
    gradient: null,
    cost: elementwiseCost,
  },
];
