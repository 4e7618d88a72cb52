import { ShapeError } from '../errors.ts';
import { expectDType, expectShape } from '../expect.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, broadcastStrides, type Shape, sameShape, show, sizeOf } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import type { Activation } from './batch-norm.ts';
import { add } from './binary.ts';
import { sum, sumTo } from './broadcast.ts';
import { product, stridedProduct } from './matrix-product.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { transpose } from './permute.ts';
import { reshape } from './reshape.ts';
import { sliceAxis } from './slice.ts';

/** Sums of more terms than this are split into chunks of `CHUNK` terms, because one thread adds terms one by one. */
const MOST_TERMS = 2 ** 16;
const CHUNK = 2 ** 12;

/**
 * Computes the matrix product [..., M, K] x [..., K, N] -> [..., M, N]. The axes before the last two are batch axes (at
 * most four) and broadcast as in NumPy. A vector [K] is a row on the left and a column on the right, whose axis the result
 * does not have, as in PyTorch.
 * @throws Error when the inner sizes differ, the batch axes do not broadcast, or an operand is a scalar
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkOperand('matmul', 'a', a);
  checkOperand('matmul', 'b', b);
  const [isRow, isColumn] = [a.rank === 1, b.rank === 1];
  const inner = a.shape.at(-1) as number;
  if (!isRow && !isColumn && inner <= MOST_TERMS) return matrixProduct(a, b);
  return scope(() => {
    const left = isRow ? reshape(a, [1, inner]) : a;
    const right = isColumn ? reshape(b, [...b.shape, 1]) : b;
    const y = inner > MOST_TERMS ? longProduct(left, right, inner) : matrixProduct(left, right);
    if (!isRow && !isColumn) return y;
    const ends = [...(isRow ? [] : y.shape.slice(-2, -1)), ...(isColumn ? [] : y.shape.slice(-1))];
    return reshape(y, [...y.shape.slice(0, -2), ...ends]);
  });
}

/** Computes the product of each chunk of the inner axis as one more batch axis, and adds the results. */
function longProduct(a: Tensor, b: Tensor, inner: number): Tensor {
  const chunks = Math.floor(inner / CHUNK);
  const end = chunks * CHUNK;
  // four batch axes have no room for another one; wrong shapes are reported by matrixProduct
  if (a.rank > 5 || b.rank > 5 || b.shape.at(-2) !== inner) return matrixProduct(a, b);
  const split = (x: Tensor, axis: number) => {
    const whole = end === inner ? x : sliceAxis(x, axis, 0, end);
    return reshape(whole, x.shape.toSpliced(axis, 1, chunks, CHUNK));
  };
  const left = transpose(split(a, a.rank - 1), -3, -2); // [..., chunks, M, CHUNK]
  const right = split(b, b.rank - 2); // [..., chunks, CHUNK, N]
  const y = sum(matrixProduct(left, right), -3);
  if (end === inner) return y;
  return add(y, matrixProduct(sliceAxis(a, a.rank - 1, end, inner), sliceAxis(b, b.rank - 2, end, inner)));
}

function matrixProduct(a: Tensor, b: Tensor): Tensor {
  const inner = a.shape[a.rank - 1] as number;
  const innerB = b.shape[b.rank - 2] as number;
  if (inner !== innerB) {
    throw new ShapeError(
      `matmul: a ${show(a.shape)} has ${inner} columns, but b ${show(b.shape)} has ${innerB} rows ` +
        '(is an operand transposed?)',
    );
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  // b is one matrix for the whole batch, so the rows of all batch members form one tall matrix
  if (sizeOf(b.shape.slice(0, -2)) === 1 && batch.length === a.rank - 2) return tallProduct('matmul', a, b);
  return batchedProduct(a, b, batch);
}

/**
 * Computes y = x W + b for x [..., in], weight [in, out], bias [out] -> [..., out].
 * @throws Error when the widths differ
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkLinear(x, weight, bias);
  return tallProduct('linear', x, weight, bias);
}

/** Computes `linear` and an activation in one pass. For inference: it is not taped. */
export function linearFused(x: Tensor, weight: Tensor, bias: Tensor | null, activation: Activation): Tensor {
  checkLinear(x, weight, bias);
  const [inner, columns] = weight.shape as readonly number[] as [number, number];
  const y = empty(x.device, [...x.shape.slice(0, -1), columns], 'f32', 'linear');
  const epilogue = { norm: null, activation };
  product('linear', { x, w: weight, bias, y, epilogue }, { rows: x.size / inner, inner, columns });
  return y;
}

function checkLinear(x: Tensor, weight: Tensor, bias: Tensor | null): void {
  checkFloat('linear', 'x', x);
  checkFloat('linear', 'weight', weight);
  const width = x.shape[x.rank - 1];
  if (weight.rank !== 2) {
    throw new ShapeError(`linear: weight: got shape ${show(weight.shape)}, expected [in, out]`);
  }
  if (x.rank < 1 || width !== weight.shape[0]) {
    throw new ShapeError(
      `linear: x ${show(x.shape)} has width ${width}, but weight ${show(weight.shape)} needs ${weight.shape[0]} ` +
        '(weights are [in, out]; a PyTorch weight is [out, in])',
    );
  }
  if (bias === null) return;
  checkFloat('linear', 'bias', bias);
  expectShape('linear', 'bias', bias, [weight.shape[1] as number]);
}

/** Computes x [..., K] times one matrix w [..1, K, N], plus bias [N]. */
function tallProduct(label: string, x: Tensor, w: Tensor, bias: Tensor | null = null): Tensor {
  const inner = x.shape[x.rank - 1] as number;
  const columns = w.shape[w.rank - 1] as number;
  const sizes = { rows: x.size / inner, inner, columns };
  const y = empty(x.device, [...x.shape.slice(0, -1), columns], 'f32', label);
  product(label, { x, w, bias, y }, sizes);
  return differentiable(label, y, bias ? [x, w, bias] : [x, w], (save) => {
    // x is needed only for the weight's gradient, and the weight only for the gradient of x
    const savedX = w.requiresGrad ? save(x) : null;
    const savedW = x.requiresGrad ? save(w) : null;
    const hasBias = bias !== null;
    return (dy, slots, gradients) => {
      const [x, w] = [savedX as Tensor, savedW as Tensor];
      return [
        slots.fill(0, (dx) => gradients.productInput(`${label} input gradient`, { dy, w, dx }, sizes)),
        slots.fill(1, (dw) => gradients.productWeight(`${label} weight gradient`, { x, dy, dw }, sizes)),
        hasBias ? slots.fill(2, (db) => gradients.columnSum(`${label} bias gradient`, dy, db)) : null,
      ];
    };
  });
}

function batchedProduct(a: Tensor, b: Tensor, batch: readonly number[]): Tensor {
  if (batch.length > 4) {
    throw new ShapeError(
      `matmul: got ${batch.length} batch axes ${show(batch)}, expected at most 4. Reshape some into one.`,
    );
  }
  const rows = a.shape[a.rank - 2] as number;
  const inner = a.shape[a.rank - 1] as number;
  const columns = b.shape[b.rank - 1] as number;
  const strides = (tensor: Tensor) => {
    const matrix = (tensor.shape[tensor.rank - 2] as number) * (tensor.shape[tensor.rank - 1] as number);
    return broadcastStrides(tensor.shape.slice(0, -2), batch).map((stride) => stride * matrix);
  };
  const aBatch = strides(a);
  const bBatch = strides(b);
  const y = empty(a.device, [...batch, rows, columns], 'f32', 'matmul');
  const yBatch = strides(y);
  const layout = { aRow: inner, aInner: 1, bInner: columns, bColumn: 1, batchShape: batch, aBatch, bBatch };
  stridedProduct('matmul', { a, b, y }, { rows, inner, columns }, layout);
  return differentiable('matmul', y, [a, b], (save) => {
    const [savedA, savedB] = [save(a), save(b)];
    return (dy, slots) => {
      /** Computes the gradient of each batch member and sums over the members that share the operand. */
      const gradient = (input: 0 | 1, matrix: Shape, fill: (target: Tensor) => void): Tensor | null => {
        if (!slots.wants(input)) return null;
        const shape = (input === 0 ? savedA : savedB).shape;
        const all = [...batch, ...matrix];
        const target = sameShape(shape, all)
          ? slots.output(input)
          : empty(dy.device, all, 'f32', 'matmul gradient');
        fill(target);
        return sumTo(target, shape);
      };
      const da = gradient(0, [rows, inner], (target) =>
        stridedProduct(
          'matmul gradient of a',
          { a: dy, b: savedB, y: target },
          { rows, inner: columns, columns: inner },
          {
            batchShape: batch,
            aRow: columns,
            aInner: 1,
            bInner: 1,
            bColumn: columns,
            aBatch: yBatch,
            bBatch,
          },
        ),
      );
      const db = gradient(1, [inner, columns], (target) =>
        stridedProduct(
          'matmul gradient of b',
          { a: savedA, b: dy, y: target },
          { rows: inner, inner: rows, columns },
          { batchShape: batch, aRow: 1, aInner: inner, bInner: columns, bColumn: 1, aBatch, bBatch: yBatch },
        ),
      );
      return [da, db];
    };
  });
}

function checkOperand(op: string, name: string, x: Tensor): void {
  checkFloat(op, name, x);
  if (x.rank < 1) throw new ShapeError(`${op}: ${name} has shape [], expected one or more axes`);
}

const checkFloat = (op: string, name: string, x: Tensor): void => expectDType(op, name, x, 'f32');

export const matmulInfo: OpInfo = {
  name: 'matmul',
  doc: 'matrix product [..., M, K] x [..., K, N], or of vectors; batch axes broadcast',
  gradient: 'da = dy b^T, db = a^T dy, summed over broadcast batch axes',
  cost: (inputs, result) => productCost(inputs, result),
};

export const linearInfo: OpInfo = {
  name: 'linear',
  doc: 'y = x W + b with weights [in, out]',
  gradient: 'dx = dy W^T, dW = x^T dy, db = sum over the rows of dy',
  cost: (inputs, result) => productCost(inputs, result),
};

function productCost(inputs: readonly Shape[], result: Shape) {
  const inner = inputs[0]?.at(-1) ?? 1;
  return { macs: sizeOf(result) * inner, bytes: elementwiseCost(inputs, result).bytes };
}
