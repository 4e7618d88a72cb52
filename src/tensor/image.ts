import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { copyBox } from './ops/strided.ts';
import { stridesOf } from './shape.ts';
import { empty, type Tensor } from './tensor.ts';

/** Rows of bytes: 1 (grey), 3 (RGB) or 4 (RGBA) a pixel. ImageData is one. */
export interface RawImage {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
  /** worked out from the data's length when left out */
  channels?: number;
}

/** What a picture may come as; the last three only in a page or worker. */
export type ImageLike = RawImage | ImageData | ImageBitmap | HTMLCanvasElement | OffscreenCanvas;

/** How a picture becomes a tensor: its side, and what is subtracted and divided by. */
export interface ResizeOptions {
  /** pixels along each side of the result */
  side: number;
  /** subtracted from values in 0..1, by channel */
  mean?: readonly [number, number, number];
  /** divided by, by channel */
  std?: readonly [number, number, number];
}

/** Pictures packed for the GPU: all bytes, and a row (first byte, width, height, channels) for each. */
export interface PackedImages {
  bytes: Uint32Array<ArrayBuffer>;
  table: Uint32Array<ArrayBuffer>;
}

/** Checks and packs pictures; each may have its own size. */
export function packImages(images: readonly RawImage[]): PackedImages {
  let total = 0;
  const rows = images.map((image, i) => {
    const { width, height, data } = image;
    const channels = image.channels ?? data.length / (width * height);
    const fits = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
    if (!fits || ![1, 3, 4].includes(channels) || data.length !== width * height * channels) {
      throw new Error(
        `picture ${i}: ${data?.length} bytes for ${width} x ${height} pixels; expected 1, 3 or 4 bytes a pixel`,
      );
    }
    const first = total;
    total += data.length;
    return [first, width, height, channels];
  });
  const words = new Uint32Array(Math.ceil(total / 4));
  const bytes = new Uint8Array(words.buffer);
  images.forEach((image, i) => {
    bytes.set(image.data, (rows[i] as number[])[0]);
  });
  return { bytes: words, table: Uint32Array.from(rows.flat()) };
}

/** Resizes and normalises packed pictures that are on the GPU already into y [N, side, side, 3]. */
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
 * A batch [N, side, side, 3] from pictures of any size: bilinear with an antialiasing window, values
 * (v / 255 - mean) / std. Grey is spread over three channels, transparent pixels become white.
 */
export function imagesToTensor(device: Device, images: readonly ImageLike[], options: ResizeOptions): Tensor {
  if (images.length === 0) throw new Error('imagesToTensor: got no picture');
  const packed = packImages(images.map(rawImage));
  const bytes = empty(device, [packed.bytes.length], 'u32', 'pictures');
  const table = empty(device, [images.length, 4], 'u32', 'picture table');
  device.upload(bytes, packed.bytes);
  device.upload(table, packed.table);
  const y = empty(device, [images.length, options.side, options.side, 3], 'f32', 'resized pictures');
  resizeInto(y, bytes, table, options);
  bytes.dispose();
  table.dispose();
  return y;
}

/** Images [N, H, W, C] with left and right exchanged; no gradient passes it. */
export function mirrorImages(x: Tensor): Tensor {
  const [, , width, channels] = x.shape as [number, number, number, number];
  const y = empty(x.device, x.shape, x.dtype, 'mirrored pictures');
  const strides = stridesOf(x.shape);
  // Backwards along the width: the kernel adds modulo 2^32, where -channels is this.
  const backwards = strides.map((stride, axis) => (axis === 2 ? 2 ** 32 - channels : stride));
  const from = { tensor: x, start: (width - 1) * channels, strides: backwards };
  copyBox('mirrorImages', x.shape, from, { tensor: y, start: 0, strides });
  return y;
}

function rawImage(image: ImageLike): RawImage {
  if ((image as RawImage)?.data) return image as RawImage;
  if (typeof OffscreenCanvas === 'undefined' || !image?.width) {
    throw new Error('picture: expected {data, width, height}, ImageData, ImageBitmap or a canvas');
  }
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('picture: this browser gives no 2-D canvas to read the pixels with');
  context.drawImage(image as CanvasImageSource, 0, 0);
  return context.getImageData(0, 0, width, height);
}
