import { type Picture, PictureSource } from 'feathergrad/data';
import { cropOf } from '../../lib/crop.ts';
import type { GivenShot } from '../messages.ts';

/** Cuts the training pictures, which the network then receives as live crops are cut. */
export async function cropSource(
  shots: readonly GivenShot[],
  classNames: readonly string[],
  side: number,
  onProgress: (share: number) => void,
): Promise<PictureSource> {
  const pictures: Picture[] = [];
  for (const { picture, window, name } of shots) {
    const bitmap = await createImageBitmap(picture);
    const { data } = cropOf(bitmap, window, side);
    bitmap.close();
    pictures.push({ width: side, height: side, channels: 3, data: withoutAlpha(data), name });
    onProgress(pictures.length / shots.length);
  }
  const labels = Uint32Array.from(shots, ({ label }) => label);
  return new PictureSource({ pictures, labels, classNames });
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
  }
  return rgb;
}
