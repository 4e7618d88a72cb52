import type { NdArray, Shape } from '../array.ts';
import { broadcastOffsets } from '../broadcast.ts';
import { type BinaryName, binary, binaryDerivatives } from '../ops/binary.ts';
import { concat as concatArrays, slice as sliceArray, sliceOffsets } from '../ops/shape.ts';
import { type UnaryName, unary, unaryGradient } from '../ops/unary.ts';
import { Value } from './value.ts';

/** Any function of ../ops/unary.ts: dx = dy * f'(x). */
export function apply(name: UnaryName, x: Value): Value {
  return new Value(unary(name, x), [x], (grad) => {
    for (let i = 0; i < grad.length; i++) x.grad[i]! += unaryGradient(name, x.data[i]!, grad[i]!);
  });
}

export const relu = (x: Value): Value => apply('relu', x);
export const sigmoid = (x: Value): Value => apply('sigmoid', x);
export const hardSigmoid = (x: Value): Value => apply('hardSigmoid', x);
export const hardSwish = (x: Value): Value => apply('hardSwish', x);

/** Any function of ../ops/binary.ts; the gradient of a broadcast operand is summed back to its shape. */
export function combine(name: BinaryName, a: Value, b: Value): Value {
  const out = binary(name, a, b);
  const derivatives = binaryDerivatives[name];
  // the operand that is not selected gets 0, even if the gradient is NaN or infinite
  const isChoice = name === 'minimum' || name === 'maximum';
  return new Value(out, [a, b], (grad) => {
    const fromA = broadcastOffsets(a.shape, out.shape);
    const fromB = broadcastOffsets(b.shape, out.shape);
    for (let i = 0; i < grad.length; i++) {
      const [byA, byB] = derivatives(a.data[fromA[i]!]!, b.data[fromB[i]!]!);
      a.grad[fromA[i]!]! += byA === 0 && isChoice ? 0 : grad[i]! * byA;
      b.grad[fromB[i]!]! += byB === 0 && isChoice ? 0 : grad[i]! * byB;
    }
  });
}

export const add = (a: Value, b: Value): Value => combine('add', a, b);
export const mul = (a: Value, b: Value): Value => combine('mul', a, b);

/** Same values under another shape. */
export function reshape(x: Value, shape: Shape): Value {
  const out: NdArray = { shape: [...shape], data: x.data };
  return new Value(out, [x], (grad) => {
    for (let i = 0; i < grad.length; i++) x.grad[i]! += grad[i]!;
  });
}

export function slice(x: Value, begin: Shape, end: Shape, step: Shape = begin.map(() => 1)): Value {
  const out = sliceArray(x, begin, end, step);
  return new Value(out, [x], (grad) => {
    sliceOffsets(x.shape, out.shape, begin, step).forEach((source, i) => {
      x.grad[source]! += grad[i]!;
    });
  });
}

/** Every input's gradient is its own slice of the output's. */
export function concat(values: readonly Value[], axis: number): Value {
  const out = concatArrays(values, axis);
  return new Value(out, values, (grad) => {
    let start = 0;
    for (const value of values) {
      const begin = value.shape.map((_, a) => (a === axis ? start : 0));
      const end = value.shape.map((extent, a) => begin[a]! + extent);
      const part = sliceArray({ shape: out.shape, data: grad }, begin, end);
      for (let i = 0; i < part.data.length; i++) value.grad[i]! += part.data[i]!;
      start += value.shape[axis]!;
    }
  });
}
