import { checkValue, integer } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { scope } from '../tensor/scope.ts';
import type { BatchSource } from './batch-source.ts';

/** An image of a source, ready to be shown. */
export interface SourceImage {
  /** RGB bytes of side x side pixels */
  pixels: Uint8Array;
  /** index of its class */
  label: number;
}

/** Normalization that leaves pixels in 0..1. */
const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/**
 * Reads images of a source for a report or a page, resized to `side` x `side` pixels, in color and without augmentation.
 * @throws RangeError for an index that the source does not have
 */
export async function readImages(
  device: Device,
  source: BatchSource,
  indices: readonly number[],
  side: number,
): Promise<SourceImage[]> {
  checkValue('readImages', 'side', side, (value) => integer(value, 1));
  const { length, order } = source;
  for (const index of indices) {
    // an endless source has images after those of the first epoch
    if (Number.isInteger(index) && index >= 0 && (index < length || order === 'endless')) continue;
    throw new RangeError(
      `readImages: indices: got ${describeValue(index)}, expected integers from 0 to ${length - 1}`,
    );
  }
  const reader = source.open(device, { batch: 1, side, ...PLAIN });
  const found: SourceImage[] = [];
  try {
    for (const index of indices) {
      await reader.prepare?.([index]);
      reader.load([index]);
      const { images, labels } = scope(() => {
        const batch = reader.record();
        return { images: batch.images.alias(), labels: batch.labels.alias() };
      });
      const [values, label] = [await images.data(), await labels.data()];
      images.dispose();
      labels.dispose();
      found.push({
        pixels: Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))),
        label: label[0] as number,
      });
    }
  } finally {
    reader.dispose();
  }
  return found;
}
