import { checkOptions } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { expectDevice } from './expect.ts';
import { reverse } from './ops/flip.ts';
import { readImage } from './read-image.ts';
import { RESIZE_OPTIONS } from './resize-options.ts';
import { empty, type Tensor } from './tensor.ts';

/** An image as bytes, row by row: 1 (gray), 3 (RGB) or 4 (RGBA) per pixel. ImageData is one. */
export interface RawImage {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
  /** bytes per pixel (default: by the length of `data`) */
  channels?: number;
}

/**
 * An image: raw pixels in any environment, the other types in a page or worker. Elements are read at their natural
 * size, a video at its current frame. Browsers apply the EXIF orientation of an <img> and of `createImageBitmap(file)`;
 * raw pixels are not rotated.
 */
export type ImageLike =
  | RawImage
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame
  | HTMLCanvasElement
  | OffscreenCanvas;

/** Options for converting images to a tensor. */
export interface ResizeOptions {
  /** pixels along each side of the result */
  side: number;
  /** per channel, subtracted from values in 0..1 (default 0) */
  mean?: readonly [number, number, number];
  /** per channel, divides the difference (default 1) */
  std?: readonly [number, number, number];
  /** 'gray' replaces all three channels by the luma (ITU-R BT.601) (default 'rgb') */
  color?: 'rgb' | 'gray' | undefined;
}

/**
 * Images packed for the GPU: the bytes of all images, and a table with one row per image (first byte, width, height,
 * channels).
 */
export interface PackedImages {
  bytes: Uint32Array<ArrayBuffer>;
  table: Uint32Array<ArrayBuffer>;
}

/**
 * Checks and packs images, which may differ in size. With 'gray', color images are packed as one byte per pixel.
 * @throws Error for data that are not bytes, or whose length does not fit the size
 */
export function packImages(images: readonly RawImage[], color: ResizeOptions['color'] = 'rgb'): PackedImages {
  let total = 0;
  const rows = images.map((image, i) => {
    const { width, height } = image;
    const channels = channelsOf(image, `image ${i}`);
    const first = total;
    const packed = color === 'gray' ? 1 : channels;
    total += width * height * packed;
    return { image, channels, row: [first, width, height, packed] as const };
  });
  const words = new Uint32Array(Math.ceil(total / 4));
  const bytes = new Uint8Array(words.buffer);
  for (const { image, channels, row } of rows) {
    if (row[3] === channels) bytes.set(image.data, row[0]);
    else writeLuma(image.data, channels, bytes.subarray(row[0], row[0] + row[1] * row[2]));
  }
  return { bytes: words, table: Uint32Array.from(rows.flatMap(({ row }) => row)) };
}

/**
 * Returns the number of bytes per pixel of an image.
 * @throws Error for data that is not bytes, or whose length does not fit the size
 */
export function channelsOf({ width, height, data, ...image }: RawImage, name: string): number {
  // the tag is also correct for an array of another iframe
  const type = Object.prototype.toString.call(data).slice(8, -1);
  if (type !== 'Uint8Array' && type !== 'Uint8ClampedArray') {
    throw new Error(
      `${name}: data are not bytes of 0 to 255 (got ${type}, expected Uint8Array or Uint8ClampedArray). ` +
        'Convert values in 0..1 with Uint8Array.from(data, (value) => Math.round(255 * value)).',
    );
  }
  const isSize = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  const channels = image.channels ?? data.length / (width * height);
  if (isSize && [1, 3, 4].includes(channels) && data.length === width * height * channels) return channels;
  const said = image.channels === undefined ? '' : ` and ${image.channels} channels`;
  throw new Error(
    `${name}: ${data.length} bytes for ${width} x ${height} pixels${said} (expected 1, 3 or 4 bytes per pixel)`,
  );
}

/** Writes the luma of RGB pixels, or of RGBA pixels blended over white, rounded to bytes. */
function writeLuma(data: RawImage['data'], channels: number, into: Uint8Array): void {
  for (let i = 0, at = 0; i < into.length; i++, at += channels) {
    const luma =
      0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number);
    const alpha = channels === 4 ? (data[at + 3] as number) / 255 : 1;
    into[i] = Math.floor(alpha * luma + 255 * (1 - alpha) + 0.5);
  }
}

/** Resizes and normalizes packed images that are on the GPU into y [N, side, side, 3]. */
export function resizeInto(y: Tensor, bytes: Tensor, table: Tensor, options: ResizeOptions): void {
  const { side, mean = [0, 0, 0], std = [1, 1, 1] } = options;
  const count = (y.shape[0] as number) * side * side;
  y.device.dispatch(kernels.resizeNormalize, {
    label: 'resizeNormalize',
    bind: { bytes, table, y },
    params: { count, side, mean: [...mean, 0], deviation: [...std, 1] },
    threads: count,
  });
}

/**
 * Returns a batch [N, side, side, 3] of images of any size: bilinear with antialiasing, values
 * (v / 255 - mean) / std. Gray is repeated in three channels, transparent pixels become white.
 * @throws Error for an empty list, and for a value that is not a readable image
 */
export function imagesToTensor(device: Device, images: readonly ImageLike[], options: ResizeOptions): Tensor {
  expectDevice('imagesToTensor', device);
  checkOptions('imagesToTensor', options, RESIZE_OPTIONS, ['side']);
  if (!Array.isArray(images)) {
    throw new Error(`imagesToTensor: images: got ${describeValue(images)}, expected an array of images`);
  }
  if (images.length === 0)
    throw new Error('imagesToTensor: images: got an empty list, expected at least one image');
  const packed = packImages(
    images.map((image, i) => readImage(image, `image ${i}`)),
    options.color,
  );
  const bytes = empty(device, [packed.bytes.length], 'u32', 'images');
  const table = empty(device, [images.length, 4], 'u32', 'image table');
  device.upload(bytes, packed.bytes);
  device.upload(table, packed.table);
  const y = empty(device, [images.length, options.side, options.side, 3], 'f32', 'resized images');
  resizeInto(y, bytes, table, options);
  bytes.dispose();
  table.dispose();
  return y;
}

/** Returns images [N, H, W, C] mirrored left to right. Not differentiable. */
export function mirrorImages(x: Tensor): Tensor {
  const y = empty(x.device, x.shape, x.dtype, 'mirrored images');
  reverse('mirrorImages', x, [2], y);
  return y;
}
