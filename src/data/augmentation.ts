import {
  anything,
  boolean,
  checkOptions,
  checkValue,
  finite,
  type OptionRules,
  oneOf,
  type Rule,
} from '../gpu/check-options.ts';
import * as kernels from '../kernels/index.ts';
import type { ResizeOptions } from '../tensor/image.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The lowest and highest values of a uniform distribution. */
export type Range = readonly [number, number];

/**
 * Random transforms of training images, drawn independently per image and step. Transforms that are omitted are not
 * applied. The order is light (saturation, slope and bias, noise), crop, rotation, shift, mirror, erasing.
 */
export interface Augmentation {
  /** whether to apply at most one of mirror, rotation, shift, crop, light and noise per image, by their probabilities */
  oneOf?: boolean;
  /** probability of mirroring left to right */
  mirror?: number;
  /** angle around the center, in both directions */
  rotation?: { probability: number; degrees: Range };
  /** distance along both axes, in both directions, as a fraction of the image side */
  shift?: { probability: number; sides: Range };
  /** side of a square window at a random position, as a fraction of the image side; above 1 it extends past the image */
  crop?: { probability: number; side: Range };
  /** slope * (v - pivot) + pivot + bias, for v in 0..255 */
  light?: { probability: number; slope: Range; bias?: Range; pivot?: number };
  /** standard deviation of Gaussian noise per pixel, in levels of 0..255 */
  noise?: { probability: number; deviation: Range };
  /** saturation: 0 is gray, 1 unchanged; gray images do not change */
  saturation?: { probability: number; factor: Range };
  /** sets a box to the mean (0 after normalization): its fraction of the area, and its height / width */
  erasing?: { probability: number; area: Range; aspect: Range };
}

/** Checks that a value is an augmentation or null; `checkAugmentation` checks its parts. */
export const augmentationRule: Rule = (value) => {
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const isName = AUGMENTATIONS.includes(value as AugmentationName);
  return `an Augmentation or null${isName ? `. Use augmentationNamed('${value}')` : ', such as STRONG_AUGMENTATION'}`;
};

/** The names that `augmentationNamed` knows. */
export const AUGMENTATIONS = ['none', 'paper', 'strong'] as const;
/** A name of `AUGMENTATIONS`. */
export type AugmentationName = (typeof AUGMENTATIONS)[number];

/**
 * Returns the augmentation of Liang et al. 2023: one of six transforms is applied to a fraction `share` of the images,
 * and a box is erased in half of all images. `share` (default 0.5) is 0.5 for FER+ and 0.45 for RAF-DB. Lengths in the
 * paper refer to images of 48 pixels and are scaled with the image.
 */
export function paperAugmentation(share = 0.5): Augmentation {
  checkValue('paperAugmentation', 'share', share, (v) => finite(v, 0, 1));
  const probability = share / 6;
  return {
    oneOf: true,
    mirror: probability,
    rotation: { probability, degrees: [0, 15] },
    shift: { probability, sides: [5 / 48, 5 / 48] },
    crop: { probability, side: [40 / 48, 40 / 48] },
    light: { probability, slope: [0.5, 1.3], bias: [2, 2] },
    noise: { probability, deviation: [Math.sqrt(40), Math.sqrt(40)] },
    erasing: { probability: 0.5, area: [0.02, 0.25], aspect: [0.3, 3.3] },
  };
}

/** A stronger augmentation that combines all transforms, for training from scratch over many epochs. */
export const STRONG_AUGMENTATION: Augmentation = {
  mirror: 0.5,
  rotation: { probability: 0.8, degrees: [0, 15] },
  shift: { probability: 0.5, sides: [0, 0.08] },
  crop: { probability: 0.8, side: [0.8, 1.1] },
  light: { probability: 0.8, slope: [0.6, 1.4], bias: [-30, 30], pivot: 128 },
  noise: { probability: 0.15, deviation: [0, 8] },
  saturation: { probability: 0.5, factor: [0.4, 1.4] },
  erasing: { probability: 0.4, area: [0.02, 0.2], aspect: [0.3, 3.3] },
};

/** Returns the augmentation with a name; null for 'none'. */
export function augmentationNamed(name: AugmentationName): Augmentation | null {
  checkValue('augmentationNamed', 'name', name, (v) => oneOf(v, AUGMENTATIONS));
  switch (name) {
    case 'none':
      return null;
    case 'paper':
      return paperAugmentation();
    case 'strong':
      return STRONG_AUGMENTATION;
  }
}

const part: Rule = (v) => (typeof v === 'object' && v !== null ? undefined : 'an object with a probability');
const PARTS: OptionRules<Augmentation> = {
  oneOf: boolean,
  mirror: (v) => finite(v, 0, 1),
  rotation: part,
  shift: part,
  crop: part,
  light: part,
  noise: part,
  saturation: part,
  erasing: part,
};
const range: Rule = (v) =>
  Array.isArray(v) && v.length === 2 && v.every((one) => !finite(one)) ? undefined : 'a range [low, high]';
const probability = anything; // its bounds are checked with those of all parts
const FIELDS = {
  rotation: { probability, degrees: range },
  shift: { probability, sides: range },
  crop: { probability, side: range },
  light: { probability, slope: range, bias: range, pivot: finite },
  noise: { probability, deviation: range },
  saturation: { probability, factor: range },
  erasing: { probability, area: range, aspect: range },
} as const;

/** @throws RangeError when a probability is outside 0..1, or a range is reversed or out of bounds */
export function checkAugmentation(augmentation: Augmentation): void {
  checkOptions('augmentation', augmentation, PARTS);
  for (const [name, known] of Object.entries(FIELDS)) {
    const part = augmentation[name as keyof typeof FIELDS];
    if (part) checkOptions(`augmentation: ${name}`, part, known, ['probability']);
  }
  const { mirror = 0, rotation, shift, crop, light, noise, saturation, erasing } = augmentation;
  const six = { rotation, shift, crop, light, noise };
  const all = { mirror: { probability: mirror }, ...six, saturation, erasing };
  for (const [name, change] of Object.entries(all)) {
    const probability = change?.probability ?? 0;
    if (probability >= 0 && probability <= 1) continue;
    throw new RangeError(
      `augmentation: probability of ${name}: got ${probability}, expected a number from 0 to 1`,
    );
  }
  const ranges: [string, Range | undefined, number, number][] = [
    ['rotation.degrees', rotation?.degrees, 0, 180],
    ['shift.sides', shift?.sides, 0, 1],
    ['crop.side', crop?.side, 0.01, 100],
    ['light.slope', light?.slope, 0, 100],
    ['light.bias', light?.bias, -255, 255],
    ['noise.deviation', noise?.deviation, 0, 255],
    ['saturation.factor', saturation?.factor, 0, 100],
    ['erasing.area', erasing?.area, 0, 1],
    ['erasing.aspect', erasing?.aspect, 0.01, 100],
  ];
  for (const [name, range, low, high] of ranges) {
    if (!range || (range[0] >= low && range[1] >= range[0] && range[1] <= high)) continue;
    throw new RangeError(
      `augmentation: ${name}: got [${range.join(', ')}], expected a range [low, high] within ${low} and ${high}`,
    );
  }
  const sum = mirror + Object.values(six).reduce((total, change) => total + (change?.probability ?? 0), 0);
  if (augmentation.oneOf && sum > 1 + 1e-9) {
    throw new RangeError(`augmentation: oneOf: the six probabilities sum to ${sum}, expected at most 1`);
  }
}

/**
 * Augments, resizes and normalizes packed images into y [N, side, side, 3]. `clock` is u32 [4] = [seed low, seed high,
 * step, index of the first image in the step]. It is read on the device, so after the host has written the next step, a
 * replay draws new transforms.
 */
export function augmentInto(
  y: Tensor,
  bytes: Tensor,
  table: Tensor,
  clock: Tensor,
  options: ResizeOptions & { augmentation: Augmentation },
): void {
  const { side, mean = [0, 0, 0], std = [1, 1, 1], augmentation } = options;
  checkAugmentation(augmentation);
  const { oneOf, mirror = 0, rotation, shift, crop, light, noise, saturation, erasing } = augmentation;
  const row = (probability = 0, range: Range = [0, 0], unit = 1) => [
    probability,
    range[0] * unit,
    range[1] * unit,
    0,
  ];
  const level = 1 / 255;
  y.device.dispatch(kernels.augment, {
    label: 'augment',
    bind: { bytes, table, clock, y },
    params: {
      side,
      oneOf: oneOf ? 1 : 0,
      mean: [...mean, 0],
      deviation: [...std, 1],
      mirror: row(mirror),
      rotation: row(rotation?.probability, rotation?.degrees, Math.PI / 180),
      shift: row(shift?.probability, shift?.sides),
      crop: row(crop?.probability, crop?.side),
      slope: row(light?.probability, light?.slope),
      bias: row((light?.pivot ?? 0) * level, light?.bias, level),
      noise: row(noise?.probability, noise?.deviation, level),
      saturation: row(saturation?.probability, saturation?.factor),
      erasing: row(erasing?.probability, erasing?.area),
      aspect: row(0, erasing?.aspect),
    },
    threads: [side, side, y.shape[0] as number],
  });
}
