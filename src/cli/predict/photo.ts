import { readFile, stat } from 'node:fs/promises';
import type { Picture, SkippedPicture } from '../../data/picture.ts';
import { readEach } from '../../data/read-each.ts';
import { enlarged } from '../../faces/face.ts';
import type { FaceExpression, FaceReader } from '../../faces/face-reader.ts';
import { type Decoder, withSingleThreads } from '../../node/decode-picture.ts';
import { shownSize } from '../../node/photo-files.ts';

/** Longest side of a decoded photo, in pixels; larger photos are reduced to it. */
export const PHOTO_SIDE = 2048;
/** An image with both sides up to this number of pixels is one face that was already cropped, as in data sets. */
export const CROPPED_SIDE = 128;
/** Images whose shorter side has fewer pixels cannot show a face. */
const LEAST_SIDE = 16;

/** A decoded photo, and its size in the file. */
export interface Photo extends Picture {
  shown: { width: number; height: number };
}

/** How the command treats images: finds faces, or treats each image as one face. */
export type FacesChoice = 'auto' | 'none';

/** Decodes the images; for a file that cannot be decoded, keeps the reason. */
export async function readPhotos(
  decoder: Decoder,
  files: readonly string[],
  faces: FacesChoice,
): Promise<(Photo | SkippedPicture)[]> {
  const one = async (file: string): Promise<Photo> => {
    const found = await stat(file).catch(() => undefined);
    if (!found) throw new Error('does not exist');
    if (found.isDirectory()) throw new Error('is a folder. Name the images in it, such as folder/*.png.');
    const bytes = await readFile(file);
    const picture = await decoder.decode(bytes, file);
    const { width, height } = picture;
    const shown = Math.max(width, height) < PHOTO_SIDE ? { width, height } : await shownSize(bytes);
    if (faces === 'auto' && Math.min(width, height) < LEAST_SIDE) {
      throw new Error(
        `is too small to show a face (${sizes(shown, picture)}, expected at least ${LEAST_SIDE} x ${LEAST_SIDE}). ` +
          'Add --faces none to classify it anyway.',
      );
    }
    return { ...picture, shown };
  };
  return withSingleThreads(() => readEach(files, (file) => file, one, { concurrency: 4 })) as Promise<
    (Photo | SkippedPicture)[]
  >;
}

interface Size {
  width: number;
  height: number;
}

/** `got 20000 x 100 pixels, reduced to 2048 x 10` */
function sizes(shown: Size, reduced: Size): string {
  const got = `got ${shown.width} x ${shown.height} pixels`;
  return shown.width === reduced.width ? got : `${got}, reduced to ${reduced.width} x ${reduced.height}`;
}

/** Returns whether the whole image is treated as one face. */
export function isCropped({ width, height }: Picture): boolean {
  return Math.max(width, height) <= CROPPED_SIDE;
}

/** Returns the faces in a photo from left to right, in pixels of the file's image. */
export async function facesIn(reader: FaceReader, photo: Photo): Promise<FaceExpression[]> {
  const found = await reader.read(photo);
  const times = photo.shown.width / photo.width;
  return found.map((face) => ({ ...face, ...enlarged(face, times) })).sort((a, b) => a.box.left - b.box.left);
}
