import type { Device } from '../gpu/device.ts';
import { Frame, type FrameSource } from '../tensor/frame.ts';
import { channelsOf, type ImageLike, type RawImage } from '../tensor/image.ts';
import { imageSize, readImage } from '../tensor/read-image.ts';

/** Maximum side of an image on the GPU, in pixels; larger images are reduced by an integer factor. */
const LONGEST = 4096;

/** An image on the GPU, and the factor by which its sides were reduced. */
export interface FramedImage {
  frame: Frame;
  reduction: number;
}

/** A `Frame` that grows with the images written to it. */
export class ImageFrame {
  private readonly device: Device;
  private frame: Frame | null = null;

  constructor(device: Device) {
    this.device = device;
  }

  /**
   * Copies an image to the GPU; a `Frame` is returned unchanged.
   * @throws Error for a value that is not a readable image, or a frame on another device
   */
  async of(image: ImageLike | Frame): Promise<FramedImage> {
    if (image instanceof Frame) {
      if (image.device === this.device) return { frame: image, reduction: 1 };
      throw new Error('detect: the frame is on another device. Create both with the same device.');
    }
    if (typeof (image as RawImage)?.data === 'object') {
      const pixels = readImage(image, 'the image');
      channelsOf(pixels, 'the image');
      const reduction = reductionOf(pixels);
      const small = reduction === 1 ? pixels : reduced(pixels, reduction);
      return { frame: this.written(small, small), reduction };
    }
    const size = imageSize(image as FrameSource, 'the image');
    const reduction = reductionOf(size);
    if (reduction === 1) {
      try {
        return { frame: this.written(size, image as FrameSource), reduction };
      } catch (error) {
        // a browser without a graphics card copies bitmaps of video frames to the GPU, but not the frames themselves
        if (!(error instanceof DOMException)) throw error;
      }
    }
    const bitmap = await createImageBitmap(image as FrameSource, {
      resizeWidth: Math.ceil(size.width / reduction),
      resizeHeight: Math.ceil(size.height / reduction),
      resizeQuality: 'medium',
    });
    const frame = this.written(bitmap, bitmap);
    bitmap.close();
    return { frame, reduction };
  }

  private written(size: { width: number; height: number }, source: FrameSource | RawImage): Frame {
    const { width, height } = size;
    if (!this.frame || this.frame.width < width || this.frame.height < height) {
      const [before] = [this.frame];
      this.frame = new Frame(this.device, {
        width: Math.max(width, before?.width ?? 0),
        height: Math.max(height, before?.height ?? 0),
      });
      before?.dispose();
    }
    this.frame.write(source);
    return this.frame;
  }

  dispose(): void {
    this.frame?.dispose();
    this.frame = null;
  }
}

function reductionOf({ width, height }: { width: number; height: number }): number {
  return Math.ceil(Math.max(width, height) / LONGEST);
}

/** Returns the mean of each block of `times` x `times` pixels; blocks at the right and lower edges may be smaller. */
function reduced(image: RawImage, times: number): RawImage {
  const channels = channelsOf(image, 'the image');
  const width = Math.ceil(image.width / times);
  const height = Math.ceil(image.height / times);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const rows = Math.min(times, image.height - y * times);
    for (let x = 0; x < width; x++) {
      const columns = Math.min(times, image.width - x * times);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) {
          const start = ((y * times + r) * image.width + x * times) * channels + c;
          for (let k = 0; k < columns; k++) sum += image.data[start + k * channels] as number;
        }
        data[(y * width + x) * channels + c] = Math.round(sum / (rows * columns));
      }
    }
  }
  return { width, height, channels, data };
}
