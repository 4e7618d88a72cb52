import { heatImage } from '../../ui/heat.ts';
import { FaceCanvas } from '../../ui/pieces.tsx';

/** RGB values in 0..1, row by row, as pixels. */
export function rgbImage(values: ArrayLike<number>, height: number, width: number): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = 255 * (values[3 * i + c] as number);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** An image from RGB values, one square per pixel. */
export function RgbPixels(props: {
  values: ArrayLike<number>;
  height: number;
  width: number;
  label: string;
}) {
  const { values, height, width, label } = props;
  return <FaceCanvas image={rgbImage(values, height, width)} label={label} />;
}

/** A map [height, width], drawn from dark to light; `range` is the values at the ends of the scale. */
export function HeatPixels(props: {
  values: ArrayLike<number>;
  height: number;
  width: number;
  label: string;
  range?: readonly [number, number];
}) {
  const { values, height, width, label, range } = props;
  return <FaceCanvas image={heatImage(values, height, width, range)} label={label} />;
}
