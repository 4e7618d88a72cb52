/** A square part of a picture, in its pixels. It may extend beyond the picture. */
export interface CropWindow {
  left: number;
  top: number;
  size: number;
  /** rotation about the center in radians, clockwise on the screen */
  angle: number;
}

/** Color of the parts of a crop that lie outside of the picture. */
const OUTSIDE = '#808080';

/** Returns the largest square in the center of a picture. */
export function centerSquare(width: number, height: number): CropWindow {
  const size = Math.min(width, height);
  return { left: (width - size) / 2, top: (height - size) / 2, size, angle: 0 };
}

/**
 * Cuts a square out of a picture and resizes it to `side` pixels. Training, recognition and saved pages all use this
 * function, so that a network recognizes what it was trained on.
 */
export function cropOf(
  picture: CanvasImageSource,
  { left, top, size, angle }: CropWindow,
  side: number,
): ImageData {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser returned no 2D canvas.');
  context.fillStyle = OUTSIDE;
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.translate(side / 2, side / 2);
  context.scale(side / size, side / size);
  context.rotate(-angle);
  context.drawImage(picture, -(left + size / 2), -(top + size / 2));
  return context.getImageData(0, 0, side, side);
}

/**
 * Returns whether a crop shows next to nothing: almost all of its pixels have the same brightness, as for a wall or a
 * covered camera.
 */
export function isBlank({ data }: ImageData): boolean {
  let sum = 0;
  let squares = 0;
  const count = data.length / 4;
  for (let i = 0; i < data.length; i += 4) {
    const luma =
      0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
    sum += luma;
    squares += luma * luma;
  }
  const mean = sum / count;
  return squares / count - mean * mean < BLANK_VARIANCE;
}

/** Variance of the brightness, in levels of 0 to 255, below which a crop is blank. */
const BLANK_VARIANCE = 36;
