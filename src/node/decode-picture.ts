import { decode as decodePng } from 'fast-png';
import type Sharp from 'sharp';
import { DataError } from '../data/data-error.ts';
import { grayIfEqual, type Picture } from '../data/picture.ts';

/** Decodes image files to bytes with the optional package `sharp`. */
export interface Decoder {
  /**
   * Decodes an image to one or three channels: rotated by its EXIF orientation, transparency blended with white,
   * and reduced if a side exceeds `maxSide`.
   */
  decode(bytes: Uint8Array, name: string): Promise<Picture>;
  /** Returns the maximum bytes of the decoded image, reading only the file's header. */
  measure(bytes: Uint8Array): Promise<number>;
}

/**
 * @param maxSide maximum side in pixels
 * @throws DataError when the package sharp is not installed
 */
export async function openDecoder(maxSide: number): Promise<Decoder> {
  const sharp = await loadSharp();
  return {
    async decode(bytes, name) {
      if (bytes.length === 0) throw new Error('the file is empty');
      const small = decodeSmallPng(bytes, maxSide);
      if (small) return { ...small, name };
      const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
        .rotate()
        .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .raw()
        .toBuffer({ resolveWithObject: true })
        .catch((cause: unknown) => {
          throw undecodable(bytes, cause);
        });
      const { width, height, channels } = info;
      // Node's Buffers may be slices of a shared pool, which a long-lived image would keep alive.
      const samples = new Uint8Array(data);
      return {
        width,
        height,
        name,
        ...(channels === 1 ? { channels, data: samples } : grayIfEqual(samples)),
      };
    },
    async measure(bytes) {
      if (bytes.length === 0) throw new Error('the file is empty');
      const { width, height } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
        .metadata()
        .catch((cause: unknown) => {
          throw undecodable(bytes, cause);
        });
      if (width * height > MOST_PIXELS) throw tooLarge();
      const scale = Math.min(1, maxSide / Math.max(width, height));
      return Math.ceil(width * scale) * Math.ceil(height * scale) * 3;
    },
  };
}

/** Maximum pixels of an image, since a small file can decode to any number of them. */
const MOST_PIXELS = 100_000_000;

function tooLarge(): Error {
  return new Error(`has more than ${MOST_PIXELS / 1e6} megapixels. Reduce it.`);
}

/** Describes a file that libvips rejects, in a message that is the same in every run and version. */
function undecodable(bytes: Uint8Array, cause: unknown): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/exceeds pixel limit/i.test(text)) return tooLarge();
  const format = formatOf(bytes);
  return new Error(
    format
      ? `cannot be decoded as an image: the ${format} file is damaged or truncated`
      : 'cannot be decoded as an image: it is not a PNG, JPEG or WebP file',
    { cause },
  );
}

function formatOf(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'PNG';
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'WebP' : null;
}

/** Maximum pixels of a PNG that is decoded in this thread; for larger ones sharp's threads are faster. */
const SMALL = 128 * 128;

/**
 * Decodes a small gray or RGB PNG with eight bits per channel. Data sets have tens of thousands of these, and a call of
 * sharp takes ten times as long as decoding one. Returns null for any other file, including damaged ones, for which
 * sharp reports the error.
 */
function decodeSmallPng(bytes: Uint8Array, maxSide: number): Omit<Picture, 'name'> | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 33 || view.readUInt32BE(0) !== 0x89504e47) return null;
  const [width, height, depth, color] = [
    view.readUInt32BE(16),
    view.readUInt32BE(20),
    view[24],
    view[25],
  ] as const;
  const isPlain = depth === 8 && (color === 0 || color === 2) && width * height <= SMALL;
  // All data is unpacked at once; for a large file it could be far more than its pixels.
  const isSmall = bytes.length <= 2 * 3 * width * height + 4096;
  // sharp handles transparency and rotation
  if (
    !isPlain ||
    !isSmall ||
    Math.max(width, height) > maxSide ||
    view.includes('tRNS') ||
    view.includes('eXIf')
  )
    return null;
  try {
    const { data } = decodePng(bytes, { checkCrc: true });
    if (!(data instanceof Uint8Array)) return null;
    return { width, height, ...(color === 0 ? { channels: 1, data } : grayIfEqual(data)) };
  } catch {
    return null;
  }
}

/** Encodes RGB bytes of side x side pixels as a WebP in a `data:` URL, for a self-contained page. */
export async function webpDataUrl(data: Uint8Array, side: number): Promise<string> {
  const sharp = await loadSharp();
  const file = await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .webp({ quality: 85 })
    .toBuffer();
  return `data:image/webp;base64,${file.toString('base64')}`;
}

/**
 * Runs `work` with one thread per image: otherwise libvips would use all cores for each image, and many small images
 * would wait.
 */
export async function withSingleThreads<T>(work: () => Promise<T>): Promise<T> {
  const sharp = await loadSharp();
  const threads = sharp.concurrency();
  sharp.concurrency(1);
  try {
    return await work();
  } finally {
    sharp.concurrency(threads);
  }
}

/** @throws DataError when the package sharp is not installed */
export async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw new DataError(
      'images are decoded by the package sharp, which could not be loaded. ' +
        `Run "npm install sharp" (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`,
    );
  }
}
