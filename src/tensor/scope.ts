import { synchronous } from '../gpu/synchronous.ts';
import type { Tensor } from './tensor.ts';

type Frame = Set<Tensor>;

let current: Frame | null = null;

/**
 * Runs `fn` and disposes every tensor created in it, except those in its return value (a tensor, or arrays and plain
 * objects of tensors). Tensors that the tape saved stay allocated until the backward pass has run.
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

/** Adds a new tensor to the current scope. */
export function track(tensor: Tensor): void {
  current?.add(tensor);
}

/** Removes a tensor from the current scope, so that it stays allocated until `dispose()`. */
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
