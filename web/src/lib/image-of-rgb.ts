/** Returns opaque pixels for a canvas; `data` contains RGB values from 0 to 255. */
export function imageOfRgb(image: { data: ArrayLike<number>; width: number; height: number }): ImageData {
  const { data, width, height } = image;
  const bytes = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) bytes[4 * pixel + c] = data[3 * pixel + c] as number;
    bytes[4 * pixel + 3] = 255;
  }
  return new ImageData(bytes, width, height);
}
