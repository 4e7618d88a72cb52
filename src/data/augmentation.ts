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

/** Lowest and highest value; drawn evenly between them. */
export type Range = readonly [number, number];

/**
 * How training pictures are varied, each picture at each step by draws of its own. What is left out does not happen.
 * Changes are applied in the order light (saturation, slope and bias, noise), crop, rotation, shift, mirror, erasing.
 */
export interface Augmentation {
  /** at most one of mirror, rotation, shift, crop, light and noise for a picture, by their probabilities */
  oneOf?: boolean;
  /** probability that left and right change places */
  mirror?: number;
  /** about the center, to either side */
  rotation?: { probability: number; degrees: Range };
  /** along both axes, to either side; in sides of the picture */
  shift?: { probability: number; sides: Range };
  /** a square window anywhere in the picture, as a share of its side; above 1 it shows more than the picture */
  crop?: { probability: number; side: Range };
  /** slope * (v - pivot) + pivot + bias, for v in 0..255 */
  light?: { probability: number; slope: Range; bias?: Range; pivot?: number };
  /** Gaussian, of this standard deviation in levels of 0..255, anew for each pixel of the picture */
  noise?: { probability: number; deviation: Range };
  /** 0 is gray, 1 as it is; gray pictures stay as they are */
  saturation?: { probability: number; factor: Range };
  /** a box of this share of the area and this height / width is set to the mean (0 after normalization) */
  erasing?: { probability: number; area: Range; aspect: Range };
}

/** An augmentation or null. Its parts are checked by `checkAugmentation`. */
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
 * That of Liang et al. 2023: a share of the pictures gets one of six changes, and half of all an erased box.
 * `share` is 0.5 for FER+ and 0.45 for RAF-DB. Lengths, of pictures of 48 pixels, go with the picture's size.
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

/** Stronger, all at once: for training from scratch over many epochs. */
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

/** The table behind a name; null for none. */
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

/** @throws RangeError for a probability outside of 0..1, a range that ends before it begins, or is out of bounds */
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
    throw new RangeError(`augmentation: ${name}'s probability must be from 0 to 1, got ${probability}`);
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
      `augmentation: ${name} must be a range [low, high] within ${low} and ${high}, got [${range.join(', ')}]`,
    );
  }
  const sum = mirror + Object.values(six).reduce((total, change) => total + (change?.probability ?? 0), 0);
  if (augmentation.oneOf && sum > 1 + 1e-9) {
    throw new RangeError(
      `augmentation: with oneOf the six probabilities must not sum to more than 1, got ${sum}`,
    );
  }
}

/**
 * Varies, resizes and normalizes packed pictures into y [N, side, side, 3]. `clock` is u32 [4] = [seed low, seed
 * high, step, number of the first picture in the step]; it is read when the work runs, so a replay draws anew once
 * the host has written another step.
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
