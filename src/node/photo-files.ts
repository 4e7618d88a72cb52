import { extname } from 'node:path';
import { loadSharp } from './decode-picture.ts';

/** Extensions of the files that `annotatedPhoto` writes. */
export const ANNOTATED_FORMATS = ['.png', '.jpg', '.jpeg', '.webp'];

/** A box that `annotatedPhoto` draws, with a line of text. */
export interface Annotation {
  left: number;
  top: number;
  width: number;
  height: number;
  text: string;
}

/** Returns the width and height of an image file as it is shown, with its EXIF orientation applied. */
export async function shownSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const sharp = await loadSharp();
  const { width, height, orientation = 1 } = await sharp(bytes).metadata();
  // orientations 5 to 8 are rotated by 90 degrees
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/**
 * Draws boxes and labels on an image, and encodes it as PNG, JPEG or WebP. JPEG has no transparency, which is blended
 * with white, as for the network.
 * @param path the file that will be written; its extension determines the format
 */
export async function annotatedPhoto(
  bytes: Uint8Array,
  boxes: readonly Annotation[],
  path: string,
): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const { width, height } = await shownSize(bytes);
  const overlay = Buffer.from(overlayOf(width, height, boxes));
  const photo = sharp(bytes)
    .rotate()
    .composite([{ input: overlay, left: 0, top: 0 }]);
  const format = extname(path).toLowerCase();
  const encoded =
    format === '.png'
      ? photo.png()
      : format === '.webp'
        ? photo.webp()
        : photo.flatten({ background: '#ffffff' }).jpeg({ quality: 92 });
  return encoded.toBuffer();
}

/** Returns the boxes as SVG, with the text on a dark strip above each box, or inside it at the image's upper edge. */
function overlayOf(width: number, height: number, boxes: readonly Annotation[]): string {
  const shapes = boxes.map((box) => {
    const stroke = Math.max(2, Math.round(Math.max(width, height) / 400));
    const size = Math.min(Math.max(10, Math.round(box.width / 6)), Math.max(10, Math.round(width / 20)));
    const strip = Math.round(1.4 * size);
    const long = Math.ceil(0.6 * size * box.text.length + size);
    const x = Math.round(Math.max(0, Math.min(box.left, width - long)));
    const y = Math.round(box.top >= strip ? box.top - strip : Math.max(0, box.top));
    const [left, top, w, h] = [box.left, box.top, box.width, box.height].map(Math.round);
    return (
      `<rect x="${left}" y="${top}" width="${w}" height="${h}" fill="none" stroke="#111" stroke-width="${3 * stroke}"/>` +
      `<rect x="${left}" y="${top}" width="${w}" height="${h}" fill="none" stroke="#ffd23f" stroke-width="${stroke}"/>` +
      `<rect x="${x}" y="${y}" width="${long}" height="${strip}" fill="#111" fill-opacity="0.8"/>` +
      `<text x="${x + size / 2}" y="${y + Math.round(1.05 * size)}" font-family="sans-serif" font-size="${size}" fill="#fff">${escaped(box.text)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

/** Escapes text for XML; characters that XML cannot contain, such as control characters, become U+FFFD. */
function escaped(text: string): string {
  const legal = text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd');
  return legal.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
