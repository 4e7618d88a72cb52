import { SIDE } from '../pieces/face.ts';

export const COLORS = ['white', 'red', 'green', 'blue'] as const;
export type Color = (typeof COLORS)[number];

const SHARES: Record<Color, readonly [number, number, number]> = {
  white: [1, 1, 1],
  red: [1, 0.1, 0.1],
  green: [0.1, 1, 0.1],
  blue: [0.1, 0.1, 1],
};

/** Radius of the patch, in pixels, and the rim over which it fades. */
export const RADIUS = 5;
const RIM = 2;
/** Range of the patch's center, in pixels from the left and the top, so that the whole patch stays in the image. */
export const PLACES = [RADIUS + RIM, SIDE - 1 - RADIUS - RIM] as const;
export const MIDDLE = (SIDE - 1) >> 1;

export interface Light {
  /** the center's column and row, in pixels */
  column: number;
  row: number;
  color: Color;
  /** brightness; 1 adds white */
  strength: number;
  /** whether there is a second, equal patch, mirrored in both directions */
  second: boolean;
}

/** Returns what the patches add to an image, [SIDE, SIDE, 3]. */
export function lightValues({ column, row, color, strength, second }: Light): Float32Array<ArrayBuffer> {
  const values = new Float32Array(SIDE * SIDE * 3);
  const centers = [{ column, row }];
  if (second) centers.push({ column: SIDE - 1 - column, row: SIDE - 1 - row });
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let share = 0;
      for (const center of centers) {
        const distance = Math.hypot(x - center.column, y - center.row);
        share += Math.min(1, Math.max(0, (RADIUS + RIM - distance) / RIM));
      }
      for (let c = 0; c < 3; c++) {
        values[(y * SIDE + x) * 3 + c] = strength * share * (SHARES[color][c] as number);
      }
    }
  }
  return values;
}
