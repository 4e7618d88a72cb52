import { checkValue, having } from '../gpu/check-options.ts';
import { Fingerprint } from './fingerprint.ts';
import type { Picture } from './picture.ts';

/** Validation images that are also training images. */
export interface Duplicates {
  /** number with the same pixels */
  same: number;
  /** number with the same pixels when mirrored left to right */
  mirrored: number;
  /** names of the first ten pairs, validation and training */
  names: [string, string][];
}

/** A source whose images are in memory, such as a `PictureSource`. */
interface InMemory {
  readonly pictures: readonly Picture[];
}

function expectPictures(caller: string, part: InMemory): void {
  checkValue(caller, 'source', part, (value) =>
    having(value, 'pictures', 'a PictureSource, whose images are in memory'),
  );
}

/**
 * Counts the validation images that are also training images, by their decoded pixels: such images make validation
 * accuracy too high. An image that matches both directly and mirrored counts as the same. Every pixel is compared.
 */
export function countDuplicates(train: InMemory, valid: InMemory): Duplicates {
  expectPictures('countDuplicates', train);
  expectPictures('countDuplicates', valid);
  const known = new Map<string, Picture[]>();
  for (const picture of train.pictures) {
    const key = keyOf(picture, picture.data);
    known.set(key, [...(known.get(key) ?? []), picture]);
  }
  const find = (picture: Picture, data: ArrayLike<number>) =>
    known.get(keyOf(picture, data))?.find((other) => isEqual(other.data, data));
  const found: Duplicates = { same: 0, mirrored: 0, names: [] };
  for (const picture of valid.pictures) {
    const same = find(picture, picture.data);
    const twin = same ?? find(picture, mirrorOf(picture));
    if (!twin) continue;
    if (same) found.same++;
    else found.mirrored++;
    if (found.names.length < 10) found.names.push([picture.name, twin.name]);
  }
  return found;
}

/** Counts the images of one part that repeat an earlier image of that part, either with the same pixels or mirrored. */
export function countRepeats(part: InMemory): number {
  expectPictures('countRepeats', part);
  const known = new Map<string, Picture[]>();
  let repeats = 0;
  for (const picture of part.pictures) {
    const isKnown = (data: ArrayLike<number>) =>
      known.get(keyOf(picture, data))?.some((other) => isEqual(other.data, data)) ?? false;
    if (isKnown(picture.data) || isKnown(mirrorOf(picture))) repeats++;
    else {
      const key = keyOf(picture, picture.data);
      known.set(key, [...(known.get(key) ?? []), picture]);
    }
  }
  return repeats;
}

function keyOf({ width, height, channels }: Picture, data: ArrayLike<number>): string {
  return `${width} ${height} ${channels} ${new Fingerprint().add(data)}`;
}

function isEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

function mirrorOf({ width, height, channels, data }: Picture): Uint8Array {
  const mirrored = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (y * width + width - 1 - x) * channels;
      for (let c = 0; c < channels; c++) mirrored[to + c] = data[from + c] as number;
    }
  }
  return mirrored;
}
