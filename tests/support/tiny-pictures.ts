import type { Picture } from '../../src/data/picture.ts';
import { PictureSource } from '../../src/data/picture-source.ts';

/** A hash of a counter in 0..255: noise that is equal on every machine. */
export function noise(index: number): number {
  let h = Math.imul(index + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) & 255;
}

/**
 * Gray noise of side x side pixels with a bright half: left is class 0, right class 1, top class 2, bottom class 3. The
 * classes alternate.
 */
export function tinyPictures(
  count: number,
  options: { classes?: number; side?: number; seed?: number } = {},
) {
  const { classes = 2, side = 32, seed = 0 } = options;
  const isBright = [
    (x: number, _y: number) => 2 * x < side,
    (x: number, _y: number) => 2 * x >= side,
    (_x: number, y: number) => 2 * y < side,
    (_x: number, y: number) => 2 * y >= side,
  ];
  const labels = Uint32Array.from({ length: count }, (_, i) => i % classes);
  const pictures = Array.from({ length: count }, (_, i): Picture => {
    const data = new Uint8Array(side * side);
    for (let at = 0; at < data.length; at++) {
      const bright = isBright[i % classes]!(at % side, Math.floor(at / side));
      data[at] = (bright ? 120 : 20) + noise(at + 7919 * (i + 1000 * seed)) / 4;
    }
    return { width: side, height: side, channels: 1, data, name: `picture ${i}` };
  });
  const classNames = ['left', 'right', 'top', 'bottom'].slice(0, classes);
  return new PictureSource({ pictures, labels, classNames });
}
