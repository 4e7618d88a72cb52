import { boolean, checkOptions, finite, type OptionRules } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { FrameWindow } from '../tensor/frame.ts';
import { type ImageLike, packImages, type ResizeOptions } from '../tensor/image.ts';
import { readImage } from '../tensor/read-image.ts';
import { RESIZE_OPTIONS } from '../tensor/resize-options.ts';

/** Options of `prepareImages`. */
export interface PrepareImagesOptions extends ResizeOptions {
  /** whether to append the mirror image of each image, after all images (default false) */
  mirror?: boolean;
  /** rectangle of every image, in pixels; it may extend beyond the image, whose edge is then repeated (default: the image) */
  window?: UprightWindow;
}

/** Images as ONNX Runtime and PyTorch expect them: channels first. */
export interface PreparedImages {
  data: Float32Array<ArrayBuffer>;
  /** [N, 3, side, side]; with `mirror` [2N, 3, side, side] */
  shape: [number, 3, number, number];
}

type UprightWindow = Omit<FrameWindow, 'angle'>;

const WINDOW: OptionRules<UprightWindow> = { left: finite, top: finite, width: finite, height: finite };

const OPTIONS: OptionRules<PrepareImagesOptions> = /* @__PURE__ */ (() => ({
  ...RESIZE_OPTIONS,
  mirror: boolean,
  window: (v) => (v !== null && typeof v === 'object' ? undefined : 'an object { left, top, width, height }'),
}))();

/**
 * Prepares images on the CPU exactly as `predict` does on the GPU, for a network that runs without WebGPU, such as an
 * exported ONNX file in ONNX Runtime: bilinear with antialiasing, values (v / 255 - mean) / std. Gray is repeated in
 * three channels, and transparent pixels become white. `probabilitiesOf` converts the logits to probabilities.
 *
 * @param options `side`, `mean`, `std`, `color` and `mirror` of the network
 * @throws Error for an empty list, and for something that is not a readable image
 */
export function prepareImages(images: readonly ImageLike[], options: PrepareImagesOptions): PreparedImages {
  checkOptions('prepareImages', options, OPTIONS, ['side']);
  if (!Array.isArray(images)) {
    throw new Error(`prepareImages: images: got ${describeValue(images)}, expected an array of images`);
  }
  if (images.length === 0) throw new Error('prepareImages: the list is empty (expected at least 1 image)');
  const { side, mean = [0, 0, 0], std = [1, 1, 1], color, mirror = false, window } = options;
  if (window) checkWindow(window);
  const size = 3 * side * side;
  const count = mirror ? 2 * images.length : images.length;
  const data = new Float32Array(count * size);
  images.forEach((image, i) => {
    const pixels = pixelsOf(image, `image ${i}`, color);
    const rows = tapsOf(side, pixels.height, window && { start: window.top, length: window.height });
    const columns = tapsOf(side, pixels.width, window && { start: window.left, length: window.width });
    resize(pixels, rows, columns, (channel, at, value) => {
      data[i * size + channel * side * side + at] = (value - mean[channel]!) / std[channel]!;
    });
    if (mirror) writeMirrored(data, i * size, (images.length + i) * size, side);
  });
  return { data, shape: [count, 3, side, side] };
}

function checkWindow(window: UprightWindow): void {
  checkOptions('prepareImages: window', window, WINDOW, ['left', 'top', 'width', 'height']);
  const { width, height } = window;
  if (width > 0 && height > 0) return;
  throw new RangeError(`prepareImages: the window is ${width} x ${height} pixels; both must be positive`);
}

interface Pixels {
  width: number;
  height: number;
  /** bytes per pixel */
  channels: number;
  bytes: Uint8Array;
}

function pixelsOf(image: ImageLike, name: string, color: ResizeOptions['color']): Pixels {
  const { bytes, table } = packImages([readImage(image, name)], color);
  const [, width, height, channels] = table as unknown as [number, number, number, number];
  return { width, height, channels, bytes: new Uint8Array(bytes.buffer) };
}

/** The pixels along one axis that contribute to an output pixel, and their weights, whose sum is 1. */
interface Taps {
  at: number[];
  weights: number[];
}

/**
 * Returns a triangle filter of half width max(scale, 1) around each output pixel's center, as in resize_normalize.wgsl,
 * which ignores pixels beyond the image, and with `range` as in resize_frame.wgsl, which repeats the edge.
 */
function tapsOf(side: number, size: number, range?: { start: number; length: number }): Taps[] {
  const { start, length } = range ?? { start: 0, length: size };
  const scale = length / side;
  const reach = Math.max(scale, 1);
  return Array.from({ length: side }, (_, i) => {
    const center = start + (i + 0.5) * scale;
    const taps: Taps = { at: [], weights: [] };
    let sum = 0;
    for (let k = Math.floor(center - reach + 0.5); k < Math.ceil(center + reach - 0.5); k++) {
      const inside = Math.min(size - 1, Math.max(0, k));
      const weight = Math.max(0, 1 - Math.abs(k + 0.5 - center) / reach);
      if (weight === 0 || (!range && inside !== k)) continue;
      taps.at.push(inside);
      taps.weights.push(weight);
      sum += weight;
    }
    taps.weights = taps.weights.map((weight) => weight / sum);
    return taps;
  });
}

/** Resizes along the width, then along the height. `write` receives values in 0..1. */
function resize(
  { width, channels, bytes }: Pixels,
  rows: readonly Taps[],
  columns: readonly Taps[],
  write: (channel: number, at: number, value: number) => void,
): void {
  const side = rows.length;
  /** rows of the image that are needed, already `side` pixels wide */
  const narrow = new Map<number, Float64Array>();
  const narrowed = (y: number): Float64Array => {
    const known = narrow.get(y);
    if (known) return known;
    const out = new Float64Array(3 * side);
    columns.forEach(({ at, weights }, j) => {
      at.forEach((x, k) => {
        const first = (y * width + x) * channels;
        const alpha = channels === 4 ? (bytes[first + 3] as number) / 255 : 1;
        for (let c = 0; c < 3; c++) {
          const value = (bytes[first + (channels === 1 ? 0 : c)] as number) / 255;
          out[3 * j + c]! += weights[k]! * (alpha * value + 1 - alpha);
        }
      });
    });
    narrow.set(y, out);
    return out;
  };
  rows.forEach(({ at, weights }, i) => {
    const lines = at.map(narrowed);
    for (let j = 0; j < side; j++) {
      for (let c = 0; c < 3; c++) {
        let value = 0;
        for (let k = 0; k < lines.length; k++) value += weights[k]! * lines[k]![3 * j + c]!;
        write(c, i * side + j, value);
      }
    }
  });
}

/** Copies one image of three channels, mirrored left to right. */
function writeMirrored(data: Float32Array, from: number, to: number, side: number): void {
  for (let row = 0; row < 3 * side; row++) {
    for (let j = 0; j < side; j++) {
      data[to + row * side + j] = data[from + row * side + side - 1 - j] as number;
    }
  }
}
