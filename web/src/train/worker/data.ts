import { type Device, holdOut } from 'feathergrad';
import {
  type BatchSource,
  DrawnFaceSource,
  DrawnFaces,
  type LabeledPictures,
  PictureSource,
  readImages,
} from 'feathergrad/data';
import { imageOfRgb } from '../../lib/image-of-rgb.ts';
import type { Shot } from '../../lib/storage.ts';
import type { Face } from '../messages.ts';
import { recipeOf, type Settings } from '../settings.ts';
import { type FerPlus, ferPlusSources } from './ferplus.ts';
import { squareOf } from './square.ts';

export interface Sources {
  train: BatchSource;
  valid: BatchSource | null;
}

/** The images that the user has chosen, by kind. */
export interface Given {
  folder: PictureSource | null;
  ferplus: FerPlus | null;
  shots: PictureSource | null;
}

/** Training and validation data for the settings. @throws Error if there are no images or too few */
export function sourcesOf(settings: Settings, given: Given): Sources {
  const { data, seed, pictures } = settings;
  if (data === 'drawn') return holdOut(new DrawnFaceSource({ seed, length: pictures }), recipeOf(settings));
  if (data === 'ferplus') {
    if (!given.ferplus) throw new Error('FER+ is not loaded. Choose its files first.');
    return ferPlusSources(given.ferplus, settings.labels);
  }
  const source = given[data];
  if (source) return holdOut(source, recipeOf(settings));
  throw new Error(
    data === 'folder'
      ? 'No pictures yet. Choose a folder first.'
      : 'Not enough shots yet: take at least two in two classes.',
  );
}

/** Returns webcam shots as a source; null if fewer than two classes have two shots. */
export function shotSource(shots: readonly Shot[], classes: readonly string[]): PictureSource | null {
  const names = classes.filter((name) => shots.filter(({ label }) => label === name).length >= 2);
  if (names.length < 2) return null;
  const taken = shots.filter(({ label }) => names.includes(label));
  return new PictureSource({
    pictures: taken.map(({ side, data, id }) => ({
      width: side,
      height: side,
      channels: 4,
      data,
      name: `shot ${id}`,
    })),
    labels: Uint32Array.from(taken, ({ label }) => names.indexOf(label)),
    classNames: names,
  });
}

/** Returns images of a source for drawing on the page, `side` pixels wide. */
export async function facesOf(
  device: Device,
  source: BatchSource,
  indices: readonly number[],
  side: number,
): Promise<Face[]> {
  const images = await readImages(device, source, indices, side);
  return images.map(({ pixels, label }) => ({
    label,
    image: imageOfRgb({ data: pixels, width: side, height: side }),
  }));
}

/** Returns a sheet of faces: one row per expression, with `people` faces each. */
export async function drawnSheet(
  device: Device,
  seed: number,
  people: number,
  side: number,
): Promise<Face[]> {
  const drawer = new DrawnFaces(device, { seed, side });
  const sheet: Face[] = [];
  for (const label of drawer.labelNames.keys()) {
    const { images, labels } = drawer.batch(0, people, { label });
    const values = await images.data();
    images.dispose();
    labels.dispose();
    const size = 3 * side * side;
    for (let i = 0; i < people; i++) {
      const rgb = Array.from(values.subarray(i * size, (i + 1) * size), (value) => 255 * value);
      sheet.push({ label, image: imageOfRgb({ data: rgb, width: side, height: side }) });
    }
  }
  return sheet;
}

/**
 * Returns labeled images as a source; the class names are those of the folders. Of each image the central square is used,
 * as in recognition.
 */
export function sourceOf({ pictures, labels, classNames }: LabeledPictures): PictureSource {
  return new PictureSource({ pictures: pictures.map(squareOf), labels, classNames });
}

/** Returns the first few images of each class, class by class. */
export function firstOfEach(source: PictureSource, each: number): number[] {
  return source.classNames.flatMap((_, label) =>
    [...source.labels.keys()].filter((i) => source.labels[i] === label).slice(0, each),
  );
}
