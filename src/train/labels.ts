import type { BatchSource } from '../data/batch-source.ts';

/** Returns the index of the first label that is neither a class nor `ignored`; -1 if there is none. */
export function findWrongLabel(labels: ArrayLike<number>, classes: number, ignored?: number): number {
  const skipped = ignored === undefined ? -1 : ignored >>> 0;
  return Array.prototype.findIndex.call(labels, (label: number) => !(label < classes) && label !== skipped);
}

/** Describes a label that is out of range. Labels of 2^31 or more are shown as negative numbers. */
export function labelText(label: number, image: number, classes: number): string {
  return `label ${label >= 2 ** 31 ? label | 0 : label} of image ${image} (the classes are 0 to ${classes - 1})`;
}

/**
 * Checks the labels of a source.
 * @throws RangeError with the first label that is neither a class nor `ignored`, and its image, counted from 0
 */
export function checkLabels(owner: string, source: BatchSource, ignored?: number): void {
  const { labels, classNames } = source;
  const at = labels ? findWrongLabel(labels, classNames.length, ignored) : -1;
  if (!labels || at === -1) return;
  throw new RangeError(
    `${owner}: ${labelText(labels[at] as number, at, classNames.length)} is out of range. ` +
      'Correct the label, or set ignoreIndex of the loss.',
  );
}
