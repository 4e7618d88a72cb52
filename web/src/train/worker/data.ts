import { type Device, holdOut, imagesToTensor } from 'feathergrad';
import {
  type BatchSource,
  DrawnFaceSource,
  DrawnFaces,
  type LabeledPictures,
  PictureSource,
} from 'feathergrad/data';
import type { Shot } from '../../lib/storage.ts';
import type { Face } from '../messages.ts';
import { recipeOf, type Settings } from '../settings.ts';
import { type FerPlus, ferPlusSources } from './ferplus.ts';

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
  if (source instanceof DrawnFaceSource) return drawnFaces(device, source.seed, indices, side);
  if (!(source instanceof PictureSource)) throw new TypeError('facesOf: source: unknown kind of source');
  const chosen = indices.map((i) => source.pictures[i] as PictureSource['pictures'][number]);
  const images = imagesToTensor(device, chosen, { side });
  const values = await images.data();
  images.dispose();
  return indices.map((index, i) => ({
    label: source.labels[index] as number,
    image: imageData(values, i, side),
  }));
}

/** Returns drawn face `indices[0]` and those that follow it, one per index. */
export async function drawnFaces(
  device: Device,
  seed: number,
  indices: readonly number[],
  side: number,
): Promise<Face[]> {
  const drawer = new DrawnFaces(device, { seed, side });
  const { images, labels } = drawer.batch(indices[0] ?? 0, indices.length);
  const [values, truth] = [await images.data(), await labels.data()];
  images.dispose();
  labels.dispose();
  return indices.map((_, i) => ({ label: truth[i] as number, image: imageData(values, i, side) }));
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
    for (let i = 0; i < people; i++) sheet.push({ label, image: imageData(values, i, side) });
  }
  return sheet;
}

/** Returns image `i`, [side, side, 3] of values in 0..1, as bytes. */
export function imageData(values: ArrayLike<number>, i: number, side: number): ImageData {
  const bytes = new Uint8ClampedArray(4 * side * side);
  const start = 3 * side * side * i;
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let c = 0; c < 3; c++) bytes[4 * pixel + c] = 255 * (values[start + 3 * pixel + c] as number);
    bytes[4 * pixel + 3] = 255;
  }
  return new ImageData(bytes, side, side);
}

/** Returns labeled images as a source; the class names are those of the folders. */
export function sourceOf({ pictures, labels, classNames }: LabeledPictures): PictureSource {
  return new PictureSource({ pictures, labels, classNames });
}

/** Returns the first few images of each class, class by class. */
export function firstOfEach(source: PictureSource, each: number): number[] {
  return source.classNames.flatMap((_, label) =>
    [...source.labels.keys()].filter((i) => source.labels[i] === label).slice(0, each),
  );
}
