import { checkValue, finite, having } from '../gpu/check-options.ts';
import { number } from '../text/format.ts';
import { DataError } from './data-error.ts';
import { matchClassNames } from './expression-names.ts';
import { PictureSource, UNLABELED } from './picture-source.ts';
import { PictureStream } from './picture-stream.ts';

/** Class probabilities of images by name, such as those of a teacher. `readSoftTargets` reads them from a file. */
export interface SoftTargets {
  classNames: readonly string[];
  /** one probability per class, by the name of the image */
  rows: ReadonlyMap<string, Float32Array>;
  /** where they come from, for messages (default 'the soft targets') */
  where?: string;
}

/** Sums of a row may differ from 1 by this much, so that files may round. */
const SUM_TOLERANCE = 1e-3;

/**
 * Returns the images with blended targets: (1 - weight) · label + weight · probabilities of a teacher. The label is the
 * image's distribution of votes if the source has one, else 1 for its class. Cross-entropy with such targets trains
 * like distillation at temperature 1 (Hinton, Vinyals & Dean, 2015), but the teacher does not run during training.
 *
 * Images are found by name, so the order of the rows does not matter, and rows of other images are ignored. A
 * checkpoint is not resumed with other targets, because they are part of the source's fingerprint.
 *
 * @param weight of the teacher's probabilities, 0 to 1
 * @throws DataError when the classes differ, an image has no row, no name or no label, two images have the same name,
 * or a row is not a distribution
 */
export function withSoftTargets<Source extends PictureSource | PictureStream>(
  source: Source,
  targets: SoftTargets,
  weight: number,
): Source;
export function withSoftTargets(
  source: PictureSource | PictureStream,
  targets: SoftTargets,
  weight: number,
): PictureSource | PictureStream {
  if (!(source instanceof PictureSource || source instanceof PictureStream)) {
    throw new DataError('withSoftTargets: source: expected a PictureSource or a PictureStream');
  }
  checkValue('withSoftTargets', 'targets', targets, (v) => having(v, 'rows', '{ classNames, rows }'));
  checkValue('withSoftTargets', 'weight', weight, (v) => finite(v, 0, 1));
  const { where = 'the soft targets' } = targets;
  const columns = columnsFor(source.classNames, targets.classNames, where);
  const names = imageNames(source);
  requireRows(names, targets.rows, where);
  const classes = columns.length;
  const blended = new Float32Array(names.length * classes);
  names.forEach((name, image) => {
    const row = targets.rows.get(name)!;
    const fault = rowFault(row, classes);
    if (fault) throw new DataError(`${where}: ${name}: ${fault}`);
    const label = source.labels[image]!;
    if (label === UNLABELED) {
      throw new DataError(
        `withSoftTargets: ${name} has no label, so its target cannot be blended. Remove the image.`,
      );
    }
    const first = image * classes;
    for (let k = 0; k < classes; k++) {
      const own = source.distributions ? source.distributions[first + k]! : Number(k === label);
      blended[first + k] = (1 - weight) * own + weight * row[columns[k]!]!;
    }
  });
  if (source instanceof PictureStream) return source.with({ distributions: blended });
  const { pictures, labels, classNames } = source;
  return new PictureSource({ pictures, labels, classNames, distributions: blended });
}

/**
 * Returns the name of each image, by which rows are found.
 * @throws DataError for a stream without names, and for two images with the same name
 */
export function imageNames(source: PictureSource | PictureStream): readonly string[] {
  const names = source instanceof PictureSource ? source.pictures.map(({ name }) => name) : source.names;
  if (!names) {
    throw new DataError(
      'soft targets need the name of each image, but this PictureStream has none. Pass names.',
    );
  }
  const twice = firstRepeated(names);
  if (twice !== undefined) {
    throw new DataError(
      `soft targets need distinct names, but two images are named ${twice}. Rename one of them.`,
    );
  }
  return names;
}

/** Returns what is wrong with a row of probabilities; undefined for a distribution. */
export function rowFault(row: ArrayLike<number>, classes: number): string | undefined {
  if (row.length !== classes) return `got ${row.length} probabilities, expected ${classes}`;
  const values = Array.from(row);
  const bad = values.find((value) => !(value >= 0 && value <= 1 + SUM_TOLERANCE));
  if (bad !== undefined) return `got the probability ${bad}, expected numbers from 0 to 1`;
  const sum = values.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) <= SUM_TOLERANCE) return undefined;
  return `the probabilities sum to ${Number(sum.toFixed(4))}, expected 1`;
}

/** Returns for each class of the images its column in the targets. */
function columnsFor(classNames: readonly string[], columns: readonly string[], where: string): number[] {
  const found = matchClassNames(classNames, columns);
  const isOneToOne = !found.includes(-1) && new Set(found).size === columns.length;
  if (isOneToOne && found.length === columns.length) return found;
  throw new DataError(
    `${where}: the classes differ (got ${columns.join(', ')}; the images have ${classNames.join(', ')}). ` +
      'Use targets that were computed for these images.',
  );
}

function requireRows(names: readonly string[], rows: SoftTargets['rows'], where: string): void {
  const missing = names.filter((name) => !rows.has(name));
  const [first] = missing;
  if (first === undefined) return;
  throw new DataError(
    `${where}: ${number(missing.length)} of ${number(names.length)} images have no row; the first is ${first} ` +
      `(the first of ${number(rows.size)} rows is ${[...rows.keys()][0] ?? 'missing'}). Compute the targets for these images.`,
  );
}

/** Returns the first text that occurs a second time. */
export function firstRepeated(list: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return list.find((text) => seen.size === seen.add(text).size);
}
