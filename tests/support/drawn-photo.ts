import { DrawnFaces } from '../../src/data/drawn-faces.ts';
import type { Device } from '../../src/gpu/device.ts';
import type { RawImage } from '../../src/tensor/image.ts';

const SIDE = 96;

/**
 * The upper left corner of a drawn face. A drawn face has 96 x 96 pixels, and its center is near the middle of these.
 */
export interface Place {
  left: number;
  top: number;
}

/** Returns an RGB image with drawn faces at the given positions on a gray background. */
export async function drawnPhoto(
  device: Device,
  width: number,
  height: number,
  places: readonly Place[],
): Promise<RawImage & { channels: 3; data: Uint8Array }> {
  const faces = new DrawnFaces(device, { seed: 3, side: SIDE });
  const { images, ...others } = faces.batch(0, places.length);
  const values = await images.data();
  for (const tensor of [images, ...Object.values(others)]) tensor?.dispose?.();
  const data = new Uint8Array(3 * width * height).fill(150);
  for (const [i, { left, top }] of places.entries()) {
    for (let row = 0; row < SIDE; row++) {
      for (let k = 0; k < 3 * SIDE; k++) {
        const value = values[3 * SIDE * (SIDE * i + row) + k] as number;
        data[3 * (width * (top + row) + left) + k] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return { width, height, channels: 3, data };
}
