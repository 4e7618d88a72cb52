import {
  checkOptions,
  checkValue,
  finite,
  integer,
  type OptionRules,
  type Rule,
} from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { expectDevice } from './expect.ts';
import { channelsOf, type RawImage, type ResizeOptions } from './image.ts';
import { imageSize } from './read-image.ts';
import { RESIZE_OPTIONS } from './resize-options.ts';
import { keep, scope } from './scope.ts';
import { empty, type Tensor } from './tensor.ts';

/** An image source in a page: a frame of a camera or video, an image, a bitmap or a canvas. */
export type FrameSource =
  | VideoFrame
  | HTMLVideoElement
  | HTMLImageElement
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas;

/** A rectangle in pixels of a frame. It may extend beyond the frame and have fractional coordinates. */
export interface FrameWindow {
  left: number;
  top: number;
  width: number;
  height: number;
  /** rotation of the rectangle about its center in radians, clockwise on the screen (default 0) */
  angle?: number;
}

const WINDOW: OptionRules<FrameWindow> = {
  left: finite,
  top: finite,
  width: finite,
  height: finite,
  angle: finite,
};
/** Numbers per window on the GPU. */
const ROW = 8;

/** WebGPU copies rows of textures to offsets that are multiples of this number of bytes. */
const ROW_BYTES = 256;

/**
 * GPU memory for an image or the latest frame of a video. `write` copies a frame on the GPU, or raw pixels from the
 * host, as in Node. `frameToTensor` reads the frame that is current when it runs, so a capture that is replayed after
 * each `write` processes the new frame.
 */
export class Frame {
  readonly device: Device;
  /** maximum width and height of a frame, in pixels */
  readonly width: number;
  readonly height: number;
  /** distance between rows, in pixels */
  readonly stride: number;
  /** u32 [height, stride], RGBA */
  readonly pixels: Tensor;
  /** f32 [8]: left, top, width and height of the window, width and height of the frame, sine and cosine of the angle */
  readonly window: Tensor;
  private texture: GPUTexture | null = null;
  private current = { width: 1, height: 1 };

  /** @throws RangeError for a size that is not a positive integer, or that exceeds the device's largest texture */
  constructor(device: Device, options: { width: number; height: number }) {
    expectDevice('Frame', device);
    const most = device.limits.maxTextureDimension2D;
    const size: Rule = (v) => integer(v, 1, most);
    checkOptions('Frame', options, { width: size, height: size }, ['width', 'height']);
    const { width, height } = options;
    this.device = device;
    this.width = width;
    this.height = height;
    this.stride = Math.ceil((4 * width) / ROW_BYTES) * (ROW_BYTES / 4);
    const make = (shape: number[], dtype: 'u32' | 'f32', label: string) =>
      scope(() => keep(empty(device, shape, dtype, label, 'data')));
    this.pixels = make([height, this.stride], 'u32', 'frame');
    this.window = make([ROW], 'f32', 'frame window');
  }

  /** width and height of the latest frame, in pixels; 1 x 1 before the first `write` */
  get size(): { width: number; height: number } {
    return this.current;
  }

  /**
   * Copies a frame, or raw pixels, to the GPU at its natural size. `window` selects a region (default the whole frame).
   * @throws RangeError when the frame is larger than this object
   * @throws Error when the frame has no pixels
   * @throws OperationError of the browser, for example for a video frame without a graphics card; then pass
   *   `await createImageBitmap(frame)`
   */
  write(source: FrameSource | RawImage, window?: FrameWindow): void {
    const raw = typeof (source as RawImage)?.data === 'object' ? (source as RawImage) : null;
    const { width, height } = raw ?? imageSize(source as FrameSource, 'Frame');
    if (width > this.width || height > this.height) {
      throw new RangeError(
        `Frame: got a frame of ${width} x ${height} pixels, expected 1 x 1 to ${this.width} x ${this.height}. ` +
          'Create a larger Frame, or shrink the image with createImageBitmap().',
      );
    }
    if (raw) channelsOf(raw, 'Frame');
    this.current = { width, height };
    this.window.write(windowRow(this, window ?? { left: 0, top: 0, width, height }));
    if (raw) {
      this.device.upload(this.pixels, rgbaPixels(raw, this.stride));
      return;
    }
    const { gpu } = this.device;
    this.texture ??= gpu.createTexture({
      label: 'frame',
      size: [this.width, this.height],
      format: 'rgba8unorm',
      usage: 1 /* COPY_SRC */ | 2 /* COPY_DST */ | 16 /* RENDER_ATTACHMENT, which the copy requires */,
    });
    const { texture } = this;
    this.device.encodeInto(this.pixels, (encoder, buffer) => {
      gpu.queue.copyExternalImageToTexture({ source: source as FrameSource }, { texture }, [width, height]);
      encoder.copyTextureToBuffer(
        { texture },
        { buffer, bytesPerRow: 4 * this.stride, rowsPerImage: height },
        [width, height],
      );
    });
  }

  /** Frees the memory; the frame cannot be used afterwards. */
  dispose(): void {
    this.pixels.dispose();
    this.window.dispose();
    this.texture?.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * GPU memory for a list of windows, with which `frameToTensor` converts several parts of a frame to one batch. In a
 * capture the number of windows is fixed; `write` changes them between two replays.
 */
export class FrameWindows {
  readonly device: Device;
  /** f32 [count, 8], like `Frame.window` */
  readonly rows: Tensor;

  /** @throws RangeError for a count that is not a positive integer */
  constructor(device: Device, count: number) {
    expectDevice('FrameWindows', device);
    checkValue('FrameWindows', 'count', count, (v) => integer(v, 1));
    this.device = device;
    this.rows = scope(() => keep(empty(device, [count, ROW], 'f32', 'frame windows', 'data')));
  }

  /** number of windows */
  get count(): number {
    return this.rows.shape[0] as number;
  }

  /**
   * Sets the windows, for the current size of the frame. If there are fewer than `count`, the last one is repeated.
   * @throws RangeError for an empty list, or more than `count` windows
   */
  write(frame: Frame, windows: readonly FrameWindow[]): void {
    const { count } = this;
    if (!Array.isArray(windows) || windows.length < 1 || windows.length > count) {
      throw new RangeError(
        `FrameWindows: windows: got ${describeValue(windows)}, expected 1 to ${count} windows. ` +
          'Create a larger FrameWindows, or split the list.',
      );
    }
    const rows = windows.map((window) => windowRow(frame, window));
    this.rows.write(Array.from({ length: count }, (_, i) => rows[i] ?? (rows.at(-1) as number[])).flat());
  }

  /** Frees the memory. */
  dispose(): void {
    this.rows.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Returns a window in the form that the kernel reads. */
function windowRow({ size: frame }: Frame, window: FrameWindow): number[] {
  checkOptions('Frame: window', window, WINDOW, ['left', 'top', 'width', 'height']);
  const { left, top, width, height, angle = 0 } = window;
  if (!(width > 0 && height > 0)) {
    throw new RangeError(`Frame: window: got ${width} x ${height} pixels, expected positive numbers`);
  }
  return [left, top, width, height, frame.width, frame.height, Math.sin(angle), Math.cos(angle)];
}

/** Returns raw pixels as RGBA, in rows of `stride` pixels. */
function rgbaPixels(image: RawImage, stride: number): Uint8Array<ArrayBuffer> {
  const { width, height, data } = image;
  const channels = data.length / (width * height);
  const pixels = new Uint8Array(4 * stride * height).fill(255);
  for (let row = 0; row < height; row++) {
    let at = 4 * stride * row;
    let from = channels * width * row;
    for (let column = 0; column < width; column++, at += 4, from += channels) {
      pixels[at] = data[from] as number;
      pixels[at + 1] = data[channels < 3 ? from : from + 1] as number;
      pixels[at + 2] = data[channels < 3 ? from : from + 2] as number;
      if (channels === 4) pixels[at + 3] = data[from + 3] as number;
    }
  }
  return pixels;
}

/**
 * Returns the frame's window, or each of `windows`, as a batch [N, side, side, 3]: bilinear with antialiasing, values
 * (v / 255 - mean) / std; transparent pixels become white.
 */
export function frameToTensor(frame: Frame, options: ResizeOptions, windows?: FrameWindows): Tensor {
  if (!(frame instanceof Frame)) {
    throw new Error(`frameToTensor: frame: got ${describeValue(frame)}, expected a Frame`);
  }
  if (windows !== undefined && !(windows instanceof FrameWindows)) {
    throw new Error(`frameToTensor: windows: got ${describeValue(windows)}, expected a FrameWindows`);
  }
  checkOptions('frameToTensor', options, RESIZE_OPTIONS, ['side']);
  const { side, mean = [0, 0, 0], std = [1, 1, 1], color = 'rgb' } = options;
  const { device } = frame;
  const n = windows?.count ?? 1;
  const y = empty(device, [n, side, side, 3], 'f32', 'resized frame');
  const count = n * side * side;
  device.dispatch(kernels.resizeFrame, {
    label: 'frameToTensor',
    bind: { frame: frame.pixels, windows: windows?.rows ?? frame.window, y },
    params: {
      count,
      side,
      stride: frame.stride,
      gray: color === 'gray' ? 1 : 0,
      mean: [...mean, 0],
      deviation: [...std, 1],
    },
    threads: count,
  });
  return y;
}
