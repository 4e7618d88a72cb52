import type { Picture } from 'feathergrad/data';

/** Decodes an image file to RGBA bytes at its natural size. @throws Error if the browser cannot decode it */
export async function readPicture(file: Blob, name: string): Promise<Picture> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2D canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: 4, data, name };
}
