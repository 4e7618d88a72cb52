import { checkOptions, finite, integer, type OptionRules, type Rule } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { expectDevice } from './expect.ts';
import type { ResizeOptions } from './image.ts';
import { imageSize } from './read-image.ts';
import { RESIZE_OPTIONS } from './resize-options.ts';
import { keep, scope } from './scope.ts';
import { empty, type Tensor } from './tensor.ts';

/** Image sources of a page: a frame of a camera or video, an image, a bitmap, a canvas. */
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
}

const WINDOW: OptionRules<FrameWindow> = { left: finite, top: finite, width: finite, height: finite };

/** WebGPU copies rows of textures to offsets that are multiples of this number of bytes. */
const ROW_BYTES = 256;

/**
 * GPU memory for the latest frame of a video. `write` copies a frame on the GPU; `frameToTensor` reads it when it runs, so a
 * capture that is replayed after each `write` processes that frame. For pages and workers: Node has no frames.
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
  /** f32 [8]: left, top, width and height of the window, width and height of the frame, 0, 0 */
  readonly window: Tensor;
  private readonly texture: GPUTexture;

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
    this.window = make([8], 'f32', 'frame window');
    const usage = 1 /* COPY_SRC */ | 2 /* COPY_DST */ | 16; /* RENDER_ATTACHMENT, which the copy asks for */
    this.texture = device.gpu.createTexture({
      label: 'frame',
      size: [width, height],
      format: 'rgba8unorm',
      usage,
    });
  }

  /**
   * Copies a frame to the GPU, at its natural size. `window` selects a region (default the whole frame).
   * @throws RangeError when the frame is larger than this object
   * @throws Error when the frame has no pixels
   * @throws OperationError of the browser, for example for a video frame without a graphics card; then pass
   *   `await createImageBitmap(frame)`
   */
  write(source: FrameSource, window?: FrameWindow): void {
    const { width, height } = imageSize(source, 'Frame');
    if (width > this.width || height > this.height) {
      throw new RangeError(
        `Frame: got a frame of ${width} x ${height} pixels, this one holds 1 x 1 to ${this.width} x ${this.height}; ` +
          'make a larger Frame, or shrink the image by createImageBitmap()',
      );
    }
    if (window) checkOptions('Frame: window', window, WINDOW, ['left', 'top', 'width', 'height']);
    const { left, top, ...size } = window ?? { left: 0, top: 0, width, height };
    if (!(size.width > 0 && size.height > 0)) {
      throw new RangeError(
        `Frame: the window is ${size.width} x ${size.height} pixels; both must be positive`,
      );
    }
    const { gpu } = this.device;
    this.window.write([left, top, size.width, size.height, width, height, 0, 0]);
    this.device.encodeInto(this.pixels, (encoder, buffer) => {
      gpu.queue.copyExternalImageToTexture({ source }, { texture: this.texture }, [width, height]);
      encoder.copyTextureToBuffer(
        { texture: this.texture },
        { buffer, bytesPerRow: 4 * this.stride, rowsPerImage: height },
        [width, height],
      );
    });
  }

  /** Frees the memory; the frame cannot be used afterwards. */
  dispose(): void {
    this.pixels.dispose();
    this.window.dispose();
    this.texture.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Returns the frame's window as a batch of one image, [1, side, side, 3]: bilinear with antialiasing, values
 * (v / 255 - mean) / std; transparent pixels become white.
 */
export function frameToTensor(frame: Frame, options: ResizeOptions): Tensor {
  if (!(frame instanceof Frame)) {
    throw new Error(`frameToTensor: frame: got ${describeValue(frame)}, expected a Frame`);
  }
  checkOptions('frameToTensor', options, RESIZE_OPTIONS, ['side']);
  const { side, mean = [0, 0, 0], std = [1, 1, 1], color = 'rgb' } = options;
  const { device } = frame;
  const y = empty(device, [1, side, side, 3], 'f32', 'resized frame');
  device.dispatch(kernels.resizeFrame, {
    label: 'frameToTensor',
    bind: { frame: frame.pixels, window: frame.window, y },
    params: {
      count: side * side,
      side,
      stride: frame.stride,
      gray: color === 'gray' ? 1 : 0,
      mean: [...mean, 0],
      deviation: [...std, 1],
    },
    threads: side * side,
  });
  return y;
}
