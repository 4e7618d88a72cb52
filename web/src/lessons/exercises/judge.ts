// Tests of a reader's kernel, shared by the exercises.
import { type GradcheckResult, gradcheck, scope, type Tensor } from 'feathergrad';
import type { Finding } from './exercise.ts';

export { digits } from '../said.ts';

/** Tolerance of a result: `relative` to its magnitude, or `absolute`, whichever is larger. */
export interface Tolerance {
  relative?: number;
  absolute?: number;
}

/** Runs `fn`, which dispatches a kernel, and reads its result. */
export async function valuesOf(fn: () => Tensor): Promise<Float32Array> {
  using result = scope(fn);
  return (await result.data()) as Float32Array;
}

/**
 * Compares each element of a result with the expected one and names the first that differs.
 * @param at returns the name of an element, such as `x = −1.5`
 */
export function compare(
  name: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  at: (i: number) => string,
  { relative = 1e-4, absolute = 1e-5 }: Tolerance = {},
): Finding {
  const isNear = (i: number) => {
    const [a, b] = [got[i] as number, expected[i] as number];
    return Object.is(a, b) || Math.abs(a - b) <= Math.max(absolute, relative * Math.abs(b));
  };
  const wrong = Array.from(expected, (_, i) => i).filter((i) => !isNear(i));
  const [first] = wrong;
  const count = expected.length;
  if (first === undefined) return { name, pass: true, text: { key: 'right', values: { count } } };
  const values = { got: got[first] as number, expected: expected[first] as number };
  return {
    name,
    pass: false,
    text: { key: 'wrong', values: { wrong: wrong.length, count, at: at(first), ...values } },
  };
}

/** Checks the gradient of an op that is differentiated by the reader's kernel. */
export async function checkSlopes(
  op: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): Promise<Finding> {
  const name = { key: 'slopes' } as const;
  let result: GradcheckResult;
  try {
    result = await gradcheck((...given) => op(...(given as Tensor[])), [...inputs]);
  } finally {
    for (const one of inputs) one.dispose();
  }
  const { passed, checked, failures, worst } = result;
  if (passed) return { name, pass: true, text: { key: 'slopesRight', values: { count: checked } } };
  const { index, tape: got, difference: expected } = worst;
  const values = { wrong: failures.length, count: checked, at: index.join(', '), got, expected };
  return { name, pass: false, text: { key: 'slopesWrong', values } };
}

/** Compares the number that a reader entered with the computed one, which is not shown. */
export function isNear(value: number, computed: number, relative = 0.005): Finding {
  const pass = Math.abs(value - computed) <= Math.max(1e-6, relative * Math.abs(computed));
  const wrong = { key: value < computed ? 'tooSmall' : 'tooLarge' } as const;
  const right = { key: 'numberRight', values: { expected: computed } } as const;
  return { name: { key: 'number' }, pass, text: pass ? right : wrong };
}

/** Returns the only element of a tensor that `fn` creates. */
export async function numberOf(fn: () => Tensor): Promise<number> {
  return (await valuesOf(fn))[0] as number;
}

/** Numbers in (−1, 1), the same every time (a linear congruential generator, Numerical Recipes). */
export function noise(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Runs `fn`, then frees tensors. */
export async function using<T>(tensors: readonly Tensor[], fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } finally {
    for (const one of tensors) one.dispose();
  }
}
