import type { BatchSource } from '../../data/batch-source.ts';
import { countDuplicates, countRepeats, type Duplicates } from '../../data/duplicates.ts';
import { PictureSource } from '../../data/picture-source.ts';
import { number } from '../../text/format.ts';

/** Images that two parts of a data set share, and images that one part has more than once; for `--json`. */
export interface PartDuplicates extends Duplicates {
  /** training images that repeat an earlier one */
  repeatsInTraining: number;
  /** images of the other part that repeat an earlier one */
  repeatsInOther: number;
}

export interface ComparedParts {
  /** null if the images were not compared; a line says why */
  duplicates: PartDuplicates | null;
  /** for terminal and report; empty if there is nothing to say */
  lines: string[];
  /** the first lines that are warnings, not details */
  warnings: string[];
}

/**
 * Compares the training images with those of another part, named as in "validation". Only images in memory are compared:
 * streamed ones would have to be decoded once more.
 */
export function compareParts(train: BatchSource, other: BatchSource, name: string): ComparedParts {
  const streamed = [
    ...(train instanceof PictureSource ? [] : ['training']),
    ...(other instanceof PictureSource ? [] : [name]),
  ];
  if (!(train instanceof PictureSource) || !(other instanceof PictureSource)) {
    return notCompared(name, `${streamed.join(' and ')} images are streamed`);
  }
  const found = countDuplicates(train, other);
  const duplicates = {
    ...found,
    repeatsInTraining: countRepeats(train),
    repeatsInOther: countRepeats(other),
  };
  const { same, mirrored, names, repeatsInTraining, repeatsInOther } = duplicates;
  const warnings: string[] = [];
  const lines: string[] = [];
  if (same + mirrored > 0) {
    warnings.push(
      `${number(same + mirrored)} of ${number(other.length)} ${name} images are also training images ` +
        `(${number(same)} the same, ${number(mirrored)} mirrored), so ${name} accuracy is too high. Remove them from one part.`,
    );
    lines.push(...warnings, ...names.map(([one, twin]) => `  ${one} = ${twin}`));
  }
  const repeats = [
    [repeatsInTraining, train.length, 'training'],
    [repeatsInOther, other.length, name],
  ] as const;
  for (const [count, length, part] of repeats) {
    if (count === 0) continue;
    lines.push(
      `${number(count)} of ${number(length)} ${part} images repeat an earlier ${part} image, as it is or mirrored.`,
    );
  }
  return { duplicates, lines, warnings };
}

/** The result where images cannot be compared. */
export function notCompared(name: string, why: string): ComparedParts {
  return {
    duplicates: null,
    lines: [`The ${name} images were not compared with the training images: ${why}.`],
    warnings: [],
  };
}
