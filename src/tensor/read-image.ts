import type { ImageLike, RawImage } from './image.ts';

type Element = Exclude<ImageLike, RawImage | ImageData>;

/** Advice for values that are not images, by class name. */
const ADVICE: Readonly<Record<string, string>> = {
  String:
    'Load the image first: createImageBitmap(await (await fetch(url)).blob()) in a page, a decoder such as sharp in Node.',
  URL: 'Load the image first: createImageBitmap(await (await fetch(url)).blob()).',
  Response: 'Decode it first: createImageBitmap(await response.blob()).',
  Blob: 'Decode it first: await createImageBitmap(blob).',
  File: 'Decode it first: await createImageBitmap(file).',
  ArrayBuffer: 'Decode a file first; pass pixels as { data, width, height }.',
  Uint8Array: 'Decode a file first; pass pixels as { data, width, height }.',
  Buffer: 'Decode a file first, for example with sharp; pass pixels as { data, width, height }.',
  Sharp: 'Await sharp(file).raw().toBuffer({ resolveWithObject: true }) and pass { data, width, height }.',
  Promise: 'Await it first.',
  Array: 'Pass the images one at a time.',
  Tensor: 'Call the model with it: model.call(tensor).',
};

/** Returns the name of a value's class, such as `HTMLImageElement` or `Blob`; 'null' or 'undefined' for those. */
function kindOf(value: unknown): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (value === null || value === undefined) return String(value);
  const made = (value as object).constructor?.name;
  return made === 'Buffer' || tag === 'Object' ? (made ?? tag) : tag;
}

/**
 * Returns an image's pixels. Elements are read at their natural size, not their display size.
 * @param name name of the image in messages, such as `image 0`
 * @throws Error with advice when the value is not an image, is not loaded, was closed, or is from another origin
 */
export function readImage(image: ImageLike, name: string): RawImage {
  // packImages checks `data`
  if (typeof (image as RawImage)?.data === 'object') {
    const { colorSpace = 'srgb' } = image as ImageData;
    return colorSpace === 'srgb' ? (image as RawImage) : drawn(name, image as ImageData, image as ImageData);
  }
  const size = imageSize(image as Element, name);
  if (typeof OffscreenCanvas !== 'undefined') return drawn(name, size, image as Element);
  throw new Error(
    `${name}: this environment has no canvas to read it. Pass its pixels as { data, width, height }.`,
  );
}

/**
 * Returns the natural size of an element, bitmap, canvas or video frame, in pixels.
 * @throws Error when the value is none of these, or has no pixels because it is not loaded or was closed
 */
export function imageSize(image: Element, name: string): { width: number; height: number } {
  const kind = kindOf(image);
  const fail = (trouble: string): never => {
    throw new Error(`${name}: ${trouble}`);
  };
  switch (kind) {
    case 'HTMLImageElement': {
      const { complete, naturalWidth: width, naturalHeight: height, src } = image as HTMLImageElement;
      if (width > 0 && height > 0) return { width, height };
      if (!complete) return fail('the <img> has not loaded yet. Await image.decode() first.');
      return fail(`the <img> has no pixels (src ${src || 'is empty'}): it failed to load, or has no size.`);
    }
    case 'HTMLVideoElement': {
      const { readyState, videoWidth: width, videoHeight: height } = image as HTMLVideoElement;
      if (readyState >= 2 && width > 0 && height > 0) return { width, height };
      return fail("the <video> has no frame yet. Wait for its 'loadeddata' event.");
    }
    case 'VideoFrame': {
      const { displayWidth: width, displayHeight: height } = image as VideoFrame;
      return width > 0 && height > 0 ? { width, height } : fail('the VideoFrame was closed or transferred.');
    }
    case 'ImageBitmap':
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas': {
      const { width, height } = image as ImageBitmap;
      if (width > 0 && height > 0) return { width, height };
      const why = kind === 'ImageBitmap' ? 'it was closed or transferred' : 'its width or height is 0';
      return fail(`the ${kind} has no pixels: ${why}.`);
    }
    default:
      return fail(
        `expected pixels { data, width, height }, ImageData, ImageBitmap, <img>, <video>, VideoFrame or a canvas ` +
          `(got ${kind}). ${ADVICE[kind] ?? ''}`.trimEnd(),
      );
  }
}

function drawn(name: string, size: { width: number; height: number }, image: Element | ImageData): ImageData {
  const { width, height } = size;
  try {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser returned no 2D canvas context');
    if ('data' in image) context.putImageData(image, 0, 0);
    else context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    const { name: fault, message } = cause as Error;
    const trouble =
      fault === 'SecurityError'
        ? 'the browser does not let this page read its pixels, because the image is from another origin. Make that ' +
          "server send Access-Control-Allow-Origin, and set crossOrigin = 'anonymous' on the element before its src."
        : `its ${width} x ${height} pixels cannot be read (${message})`;
    throw new Error(`${name}: ${trouble}`, { cause });
  }
}
