import { NonFiniteError } from '../tensor/non-finite-error.ts';
import type { Module } from './module.ts';

/** Number of images whose logits are not finite. */
export interface NonFiniteImages {
  count: number;
  /** total number of images */
  total: number;
  /** name of the first such image */
  first: string;
}

/** Returns the indices of the rows of logits [N, classes] that contain NaN or an infinity. */
export function nonFiniteRows(logits: ArrayLike<number>, classes: number): number[] {
  const rows = new Set<number>();
  for (let i = 0; i < logits.length; i++) {
    if (!Number.isFinite(logits[i])) rows.add(Math.floor(i / classes));
  }
  return [...rows];
}

/**
 * Checks logits before they are converted to classes or probabilities. Without the check, a row with NaN would be
 * classified as the first class, a plausible but meaningless answer. Check the logits, not the softmax, which may hide
 * a NaN.
 *
 * @param owner name of the function at the start of the message
 * @param logits [N, classes], on the host
 * @param nameOf returns the name of image `row`, counted from 0 (default "image 1", "image 2", ...)
 * @throws NonFiniteError with the number of such images, the first of them and the first non-finite weight
 */
export async function requireFiniteLogits(
  owner: string,
  model: Module,
  logits: ArrayLike<number>,
  classes: number,
  nameOf: (row: number) => string = (row) => `image ${row + 1}`,
): Promise<void> {
  const [first, ...more] = nonFiniteRows(logits, classes);
  if (first === undefined) return;
  const images = { count: more.length + 1, total: logits.length / classes, first: nameOf(first) };
  throw nonFiniteLogitsError(owner, images, await nonFiniteWeight(model));
}

/** Returns the error for non-finite logits; `cause` is the first non-finite weight or layer, if known. */
export function nonFiniteLogitsError(
  owner: string,
  { count, total, first }: NonFiniteImages,
  cause: { layer: string; what: string } | null,
): NonFiniteError {
  const why = cause ? `; ${cause.what}` : '';
  return new NonFiniteError(
    cause?.layer ?? null,
    `${owner}: the network's outputs are not finite (NaN or infinite) for ${count} of ${total} images (first: ${first})` +
      `${why}. They do not determine a class. Load finite weights, or train with a lower learning rate.`,
  );
}

/** Returns the first weight or running statistic of a model that contains NaN or an infinity; null if all are finite. */
export async function nonFiniteWeight(model: Module): Promise<{ layer: string; what: string } | null> {
  for (const [name, { data }] of await model.stateDict()) {
    if (data instanceof Uint32Array) continue;
    const count = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    if (count > 0)
      return { layer: name, what: `${count} of ${data.length} values of ${name} are not finite` };
  }
  return null;
}
