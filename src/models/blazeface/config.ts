/** The configuration of a variant of BlazeFace. */
export interface BlazeFaceConfig {
  /** pixels along each side of the input */
  side: number;
  /** channels of the first convolution, 5 x 5 with stride 2 */
  stem: number;
  /** blocks of the fine part, which ends at a map of 16 x 16 cells: [output channels, stride] */
  fine: readonly (readonly [number, number])[];
  /** blocks of the coarse part, which ends at a map of 8 x 8 cells */
  coarse: readonly (readonly [number, number])[];
  /** whether the blocks of the coarse part add their input */
  coarseResidual: boolean;
  /** description for messages and docs */
  range: string;
}

/** Cells along each side of the two maps, and anchors per cell, in the order of the output. */
export const ANCHOR_MAPS = [
  { cells: 16, anchors: 2 },
  { cells: 8, anchors: 6 },
] as const;

/** Total number of anchors: 16 * 16 * 2 + 8 * 8 * 6. */
export const ANCHOR_COUNT: number = 896;

/** Numbers per anchor: center, size and six keypoints of the box relative to the anchor, and the logit of the score. */
export const ANCHOR_VALUES = 17;

const repeated = (times: number, channels: number): [number, number][] =>
  Array.from({ length: times }, () => [channels, 1]);

/** The variants of MediaPipe: `front` for faces within 2 m of a camera, `back` for faces within 5 m. */
export const BLAZEFACE_VARIANTS = {
  front: {
    side: 128,
    stem: 24,
    fine: [
      [24, 1],
      [28, 1],
      [32, 2],
      [36, 1],
      [42, 1],
      [48, 2],
      [56, 1],
      [64, 1],
      [72, 1],
      [80, 1],
      [88, 1],
    ],
    coarse: [[96, 2], ...repeated(4, 96)],
    coarseResidual: true,
    range: 'faces within about 2 m of a camera',
  },
  back: {
    side: 256,
    stem: 24,
    fine: [
      ...repeated(7, 24),
      [24, 2],
      ...repeated(7, 24),
      [48, 2],
      ...repeated(7, 48),
      [96, 2],
      ...repeated(7, 96),
    ],
    coarse: [[96, 2]],
    coarseResidual: false,
    range: 'faces within about 5 m of a camera',
  },
} as const satisfies Record<string, BlazeFaceConfig>;

/** A name of `BLAZEFACE_VARIANTS`. */
export type BlazeFaceVariant = keyof typeof BLAZEFACE_VARIANTS;
