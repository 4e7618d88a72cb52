import { synchronous } from '../gpu/synchronous.ts';
import type { Tensor } from './tensor.ts';

type Frame = Set<Tensor>;

let current: Frame | null = null;

/**
 * Runs `fn` and disposes every tensor made in it that is not in what it returns (a tensor, or arrays
 * and plain objects of them). What the tape saved for a backward pass stays until that has run.
 */
export function scope<T>(fn: () => T): T {
  const outer = current;
  const frame: Frame = new Set();
  current = frame;
  let result: T;
  try {
    result = synchronous('scope', fn);
  } catch (error) {
    current = outer;
    for (const tensor of frame) tensor.dispose();
    throw error;
  }
  current = outer;
  for (const tensor of tensorsIn(result)) {
    if (frame.delete(tensor)) outer?.add(tensor);
  }
  for (const tensor of frame) tensor.dispose();
  return result;
}

/** Enters a new tensor into the running scope. */
export function track(tensor: Tensor): void {
  current?.add(tensor);
}

/** Takes a tensor out of the running scope: it lives until its own `dispose()`. */
export function keep<T extends Tensor>(tensor: T): T {
  current?.delete(tensor);
  return tensor;
}

function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value === null || typeof value !== 'object') return;
  if ((value as { isTensor?: boolean }).isTensor) yield value as Tensor;
  else if (Array.isArray(value)) for (const item of value) yield* tensorsIn(item);
  else if (value instanceof Map) for (const item of value.values()) yield* tensorsIn(item);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) yield* tensorsIn(item);
  }
}
