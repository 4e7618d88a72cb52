import { describe, expect, test } from 'vitest';
import {
  type Augmentation,
  augmentInto,
  checkAugmentation,
  paperAugmentation,
  STRONG_AUGMENTATION,
} from '../../src/data/augmentation.ts';
import { tensor } from '../../src/tensor/create.ts';
import { imagesToTensor, packImages } from '../../src/tensor/image.ts';
import { empty } from '../../src/tensor/tensor.ts';
import {
  augmented,
  type Changes,
  type Clock,
  drawChanges,
  type ReferencePicture,
} from '../reference/augment.ts';
import { testDevice } from '../support/device.ts';
import { noise } from '../support/tiny-pictures.ts';

const mean = [0.1, 0.2, 0.3] as const;
const std = [0.5, 0.25, 2] as const;
const SIDE = 12;

/** A smooth image, so that rounding of the position causes only rounding of the value. */
function picture(width: number, height: number, channels: 1 | 3 | 4, seed = 0) {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [row, column] = [
      Math.floor(i / channels / width) / height,
      (Math.floor(i / channels) % width) / width,
    ];
    return 120 + 70 * Math.sin(6 * row + seed + (i % channels)) + 50 * Math.cos(9 * column) + noise(i) / 32;
  });
  return { width, height, channels, data };
}

async function onGpu(
  pictures: readonly ReferencePicture[],
  augmentation: Augmentation,
  { seed, step, slot }: Clock,
  side = SIDE,
): Promise<Float32Array> {
  const device = await testDevice();
  const packed = packImages(pictures.map((one) => ({ ...one, data: one.data as Uint8Array })));
  const clock = [seed >>> 0, Math.floor(seed / 2 ** 32), step, slot];
  const inputs = [
    tensor(device, packed.bytes),
    tensor(device, packed.table),
    tensor(device, Uint32Array.from(clock)),
  ];
  const y = empty(device, [pictures.length, side, side, 3]);
  const [bytes, table, time] = inputs as [typeof y, typeof y, typeof y];
  augmentInto(y, bytes, table, time, { side, mean, std, augmentation });
  const got = (await y.data()) as Float32Array;
  for (const used of [y, ...inputs]) used.dispose();
  return got;
}

/**
 * The largest difference from the reference. The edges of a box and clamped positions must agree, or the test fails.
 */
function distance(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(got.length).toBe(wanted.length);
  let most = 0;
  for (let i = 0; i < wanted.length; i++) most = Math.max(most, Math.abs(got[i]! - wanted[i]!));
  return most;
}

/**
 * WGSL allows errors of 2^-11 in sine and cosine, and one software adapter has them: a rotated position is then off by
 * a fiftieth of a pixel.
 */
const tolerance = ({ rotation }: Augmentation) => (rotation ? 4e-3 : 2e-4);

const always = { probability: 1 };
const alone: [string, Augmentation, (changes: Changes) => boolean][] = [
  ['nothing', {}, ({ mirror, window, slope }) => !mirror && window === 1 && slope === 1],
  ['mirror', { mirror: 1 }, ({ mirror }) => mirror],
  ['rotation', { rotation: { ...always, degrees: [15, 15] } }, ({ angle }) => Math.abs(angle) === 15],
  [
    'shift',
    { shift: { ...always, sides: [5 / 48, 5 / 48] } },
    ({ shift }) => shift[0] !== 0 && shift[1] !== 0,
  ],
  ['crop', { crop: { ...always, side: [40 / 48, 40 / 48] } }, ({ window }) => window < 1],
  ['a window beyond the image', { crop: { ...always, side: [1.3, 1.3] } }, ({ window }) => window > 1],
  ['light', { light: { ...always, slope: [0.5, 1.3], bias: [2, 2] } }, ({ slope }) => slope !== 1],
  [
    'contrast around gray',
    { light: { ...always, slope: [1.5, 1.5], pivot: 128 } },
    ({ bias }) => bias === -64,
  ],
  ['noise', { noise: { ...always, deviation: [6.3, 6.3] } }, ({ noise }) => noise > 0],
  ['saturation', { saturation: { ...always, factor: [0.2, 0.2] } }, ({ saturation }) => saturation === 0.2],
  ['erasing', { erasing: { ...always, area: [0.1, 0.25], aspect: [0.3, 3.3] } }, ({ box }) => box !== null],
];

describe('each transform by itself, compared with a float64 reference', () => {
  test.each(alone)('%s', async (_, augmentation, happened) => {
    const pictures = [picture(48, 48, 1, 1), picture(9, 7, 3, 2), picture(20, 30, 4, 3)];
    const clock = { seed: 5, step: 3, slot: 7 };
    const got = await onGpu(pictures, augmentation, clock);
    const size = SIDE * SIDE * 3;
    for (const [i, one] of pictures.entries()) {
      const changes = drawChanges(augmentation, { ...clock, slot: 7 + i }, SIDE);
      expect(happened(changes)).toBe(true);
      const wanted = augmented(one, changes, { side: SIDE, mean, std });
      expect(distance(got.subarray(i * size, (i + 1) * size), wanted), `picture ${i}`).toBeLessThan(
        tolerance(augmentation),
      );
    }
  });

  test('without transforms the result equals that of evaluation', async () => {
    const device = await testDevice();
    const pictures = [picture(48, 48, 1), picture(5, 9, 3), picture(12, 12, 4)];
    using plain = imagesToTensor(device, pictures, { side: SIDE, mean, std });
    expect(
      distance(await onGpu(pictures, {}, { seed: 1, step: 0, slot: 0 }), await plain.data()),
    ).toBeLessThan(2e-5);
  });
});

test.each([
  ['the paper', paperAugmentation()],
  ['strong', STRONG_AUGMENTATION],
])('all transforms of %s together, image by image', async (_, augmentation) => {
  const pictures = Array.from({ length: 24 }, (_, i) => picture(16, 16, i % 2 === 0 ? 1 : 3, i));
  const clock = { seed: 2 ** 33 + 11, step: 123_456, slot: 0 };
  const got = await onGpu(pictures, augmentation, clock);
  const size = SIDE * SIDE * 3;
  for (const [i, one] of pictures.entries()) {
    const wanted = augmented(one, drawChanges(augmentation, { ...clock, slot: i }, SIDE), {
      side: SIDE,
      mean,
      std,
    });
    expect(distance(got.subarray(i * size, (i + 1) * size), wanted), `picture ${i}`).toBeLessThan(
      tolerance(augmentation),
    );
  }
});

test('draws depend only on seed, step and position, and differ between steps, positions and seeds', async () => {
  const pictures = [picture(16, 16, 1), picture(16, 16, 1)];
  const clock = { seed: 1, step: 4, slot: 0 };
  const first = await onGpu(pictures, STRONG_AUGMENTATION, clock);
  expect(await onGpu(pictures, STRONG_AUGMENTATION, clock)).toEqual(first);
  const size = first.length / 2;
  expect(first.subarray(0, size)).not.toEqual(first.subarray(size));
  expect(await onGpu([pictures[1]!], STRONG_AUGMENTATION, { ...clock, slot: 1 })).toEqual(first.slice(size));
  for (const other of [{ step: 5 }, { seed: 2 }, { slot: 9 }]) {
    expect(await onGpu(pictures, STRONG_AUGMENTATION, { ...clock, ...other })).not.toEqual(first);
  }
});

describe('statistics of the draws', () => {
  const count = 20_000;
  const draws = (augmentation: Augmentation) =>
    Array.from({ length: count }, (_, i) =>
      drawChanges(augmentation, { seed: 3, step: Math.floor(i / 64), slot: i % 64 }, 48),
    );
  const share = (list: Changes[], which: (changes: Changes) => boolean) => list.filter(which).length / count;
  /** four standard errors of a share */
  const near = (p: number) => 4 * Math.sqrt((p * (1 - p)) / count);

  test('the paper: half of the images get exactly one of six transforms, and half get an erased box', () => {
    const list = draws(paperAugmentation());
    const kinds = ({ mirror, happens }: Changes) =>
      [mirror, ...Object.values(happens)].filter(Boolean).length;
    expect(Math.abs(share(list, (one) => kinds(one) === 1) - 0.5)).toBeLessThan(near(0.5));
    expect(share(list, (one) => kinds(one) > 1)).toBe(0);
    for (const which of ['rotation', 'shift', 'crop', 'light', 'noise'] as const) {
      expect(Math.abs(share(list, ({ happens }) => happens[which]) - 1 / 12)).toBeLessThan(near(1 / 12));
    }
    expect(Math.abs(share(list, ({ box }) => box !== null) - 0.5)).toBeLessThan(near(0.5));
    const angles = list.filter(({ happens }) => happens.rotation).map(({ angle }) => angle);
    expect(Math.abs(angles.reduce((a, b) => a + b, 0) / angles.length)).toBeLessThan(1);
    expect(Math.max(...angles)).toBeGreaterThan(14);
    expect(Math.min(...angles)).toBeLessThan(-14);
    const slopes = list.filter(({ happens }) => happens.light).map(({ slope }) => slope);
    expect(Math.abs(slopes.reduce((a, b) => a + b, 0) / slopes.length - 0.9)).toBeLessThan(0.03);
  });

  test('erased boxes are inside, cover 2 to 25 % and reach every corner', () => {
    const boxes = draws(paperAugmentation()).flatMap(({ box }) => (box ? [box] : []));
    const areas = boxes.map(([top, left, bottom, right]) => ((bottom - top) * (right - left)) / 48 ** 2);
    expect(
      boxes.every(([top, left, bottom, right]) => top >= 0 && left >= 0 && bottom <= 48 && right <= 48),
    ).toBe(true);
    expect(Math.min(...areas)).toBeGreaterThan(0.017); // sides are whole pixels
    expect(Math.max(...areas)).toBeLessThan(0.265);
    expect(Math.abs(areas.reduce((a, b) => a + b, 0) / areas.length - 0.135)).toBeLessThan(0.01);
    expect(Math.min(...boxes.map(([top]) => top))).toBe(0);
    expect(Math.max(...boxes.map(([, , , right]) => right))).toBe(48);
  });

  test('without oneOf the six transforms are independent', () => {
    const list = draws({
      mirror: 0.5,
      rotation: { probability: 0.4, degrees: [0, 9] },
      crop: { probability: 0.3, side: [0.8, 1] },
    });
    expect(Math.abs(share(list, ({ mirror }) => mirror) - 0.5)).toBeLessThan(near(0.5));
    const both = share(list, ({ mirror, happens }) => mirror && happens.rotation && happens.crop);
    expect(Math.abs(both - 0.5 * 0.4 * 0.3)).toBeLessThan(near(0.06));
  });

  test('noise is normal', async () => {
    const gray = { width: 64, height: 64, channels: 1 as const, data: new Uint8Array(64 * 64).fill(128) };
    const got = await onGpu(
      [gray],
      { noise: { probability: 1, deviation: [Math.sqrt(40), Math.sqrt(40)] } },
      { seed: 1, step: 1, slot: 0 },
      64,
    );
    const levels = Array.from({ length: 64 * 64 }, (_, i) => 255 * (got[3 * i]! * std[0] + mean[0]) - 128);
    const average = levels.reduce((a, b) => a + b, 0) / levels.length;
    const variance = levels.reduce((sum, v) => sum + (v - average) ** 2, 0) / levels.length;
    expect(Math.abs(average)).toBeLessThan(0.4);
    expect(Math.abs(variance - 40)).toBeLessThan(4);
  });
});

test('invalid tables are rejected', () => {
  expect(() => checkAugmentation({ mirror: 1.5 })).toThrow(/mirror: got 1\.5, expected a number from 0 to 1/);
  expect(() => checkAugmentation({ crop: { ...always, side: [1, 0.5] } })).toThrow(
    /crop\.side: got \[1, 0\.5\], expected a range/,
  );
  expect(() =>
    checkAugmentation({ oneOf: true, mirror: 0.6, noise: { probability: 0.6, deviation: [1, 1] } }),
  ).toThrow(/sum to 1\.2, expected at most 1/);
  checkAugmentation(paperAugmentation());
  checkAugmentation(STRONG_AUGMENTATION);
});
