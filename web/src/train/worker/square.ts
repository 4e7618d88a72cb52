import type { Picture } from 'feathergrad/data';

/** Returns the central square of an image, so that training and recognition see the same proportions. */
export function squareOf(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  if (width === height) return picture;
  const side = Math.min(width, height);
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const square = new Uint8Array(side * side * channels);
  for (let row = 0; row < side; row++) {
    const from = ((top + row) * width + left) * channels;
    square.set(data.subarray(from, from + side * channels), row * side * channels);
  }
  return { ...picture, width: side, height: side, data: square };
}
