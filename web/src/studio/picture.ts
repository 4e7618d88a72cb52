import { unreadable } from '../lib/unreadable.ts';
import { newId, type Shot } from './project.ts';

/** Longer side of a stored picture, in pixels. */
const MOST_SIDE = 640;
const QUALITY = 0.92;

/** A picture as it is stored. */
export type StoredPicture = Pick<Shot, 'picture' | 'width' | 'height'>;

/** Decodes a file and reduces it for storage. @throws Error with the reason for the user */
export async function readPictureFile(file: File): Promise<StoredPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Error(unreadable(file));
  }
  try {
    return await store(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** Returns the current frame of a video; null if the camera has not started. */
export async function pictureOfVideo(video: HTMLVideoElement): Promise<StoredPicture | null> {
  const { videoWidth, videoHeight } = video;
  return videoWidth === 0 ? null : store(video, videoWidth, videoHeight);
}

async function store(
  source: CanvasImageSource,
  fullWidth: number,
  fullHeight: number,
): Promise<StoredPicture> {
  const scale = Math.min(1, MOST_SIDE / Math.max(fullWidth, fullHeight));
  const width = Math.max(1, Math.round(fullWidth * scale));
  const height = Math.max(1, Math.round(fullHeight * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser returned no 2D canvas.');
  context.fillStyle = '#ffffff'; // transparent parts become white, as in predict()
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  return { picture: await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY }), width, height };
}

export const shotOf = (
  picture: StoredPicture,
  about: { project: string; classId: string; name: string },
): Shot => ({ id: newId(), at: Date.now(), ...about, ...picture });
