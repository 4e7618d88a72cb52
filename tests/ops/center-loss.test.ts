import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { centerLoss, drawCenters, moveCenters } from '../../src/tensor/ops/center-loss.ts';
import { from, random, randomIntegers } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import * as reference from '../reference/ops/center-loss.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const labelsOf = async (labels: number[]) => tensor(await testDevice(), Uint32Array.from(labels));

const shapes = [
  [1, 1, 1],
  [5, 3, 2],
  [32, 7, 7],
  [6, 15, 8],
  [9, 72, 3],
  [300, 2, 4],
];

describe.each(shapes)('%i rows of %i, %i classes', (rows, width, classes) => {
  const labels = randomIntegers(rows, classes, 1);
  const features = random([rows, width], 2, -2, 2);
  const centers = random([classes, width], 3);

  test.each([
    ['learned', 1],
    ['learned', 0.0125],
    ['released', 1],
    ['released', 0.3],
  ] as const)('centerLoss, %s, scale %s', async (kind, scale) => {
    const device = await testDevice();
    const onGpu = await labelsOf(labels);
    await checkAgainstReference(device, {
      inputs: [features],
      run: ([features]) => centerLoss(features!, onGpu, onDevice(device, centers), kind, scale),
      reference: ([features]) =>
        from([], [reference.centerLoss(features!, labels, centers, { kind, scale })]),
    });
  });

  test('moveCenters', async () => {
    const device = await testDevice();
    const moved = onDevice(device, centers);
    moveCenters(moved, onDevice(device, features), await labelsOf(labels), 0.3);
    expectClose(await moved.data(), reference.updateCenters(features, labels, centers, 0.3));
  });
});

test('centers that move before the backward pass do not change its gradient', async () => {
  const device = await testDevice();
  const labels = await labelsOf([0, 1]);
  const gradientOf = async (move: boolean) => {
    const features = onDevice(device, random([2, 4], 1), true);
    const centers = onDevice(device, random([2, 4], 2));
    const loss = centerLoss(features, labels, centers, 'learned');
    if (move) moveCenters(centers, features, labels, 0.5);
    backward(loss);
    return [...(await features.grad!.data())];
  };
  expect(await gradientOf(true)).toEqual(await gradientOf(false));
});

test('a label out of range makes loss and gradient NaN and moves no center', async () => {
  const device = await testDevice();
  const features = onDevice(device, random([2, 3], 1), true);
  const centers = onDevice(device, random([2, 3], 2));
  const labels = await labelsOf([2, 4_000_000_000]);
  const loss = centerLoss(features, labels, centers, 'released');
  backward(loss);
  expect(await loss.item()).toBeNaN();
  expect((await features.grad!.data())[0]).toBeNaN();
  moveCenters(centers, features, labels, 0.5);
  expectClose(await centers.data(), random([2, 3], 2), { rtol: 0, atol: 0 });
});

test('a feature that is not finite does not move the center', async () => {
  const device = await testDevice();
  const centers = onDevice(device, random([2, 2], 2));
  const features = onDevice(device, from([2, 2], [Number.NaN, 1, 0, Number.POSITIVE_INFINITY]));
  moveCenters(centers, features, await labelsOf([0, 1]), 0.5);
  const [a, b, c, d] = (await centers.data()) as Float32Array;
  const before = random([2, 2], 2).data;
  expect([a, d]).toEqual([before[0], before[3]]);
  expect([b, c].every(Number.isFinite)).toBe(true);
  expect(b).not.toBe(before[1]);
});

describe('drawCenters', () => {
  test('draws from N(0, 1), new at each call, the same for the same state', async () => {
    const device = await testDevice();
    const size = 20_000;
    const centers = onDevice(device, random([4, size / 4], 1));
    const state = await labelsOf([5, 6, 7, 0]);
    const draw = async () => {
      drawCenters(centers, state);
      return [...(await centers.data())];
    };
    const [first, second] = [await draw(), await draw()];
    expect([...(await state.data())]).toEqual([5, 6, 7, 2]);
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / size;
    for (const drawn of [first, second]) {
      expect(Math.abs(mean(drawn))).toBeLessThan(4 / Math.sqrt(size));
      expect(Math.abs(mean(drawn.map((v) => v * v)) - 1)).toBeLessThan(4 * Math.sqrt(2 / size));
      expect(drawn.every(Number.isFinite)).toBe(true);
    }
    expect(Math.abs(mean(first.map((v, i) => v * second[i]!)))).toBeLessThan(4 / Math.sqrt(size));
    state.write([5, 6, 7, 0]);
    expect(await draw()).toEqual(first);
  });
});

test('reject mismatched arguments', async () => {
  const device = await testDevice();
  const make = (...shape: number[]) => onDevice(device, random(shape, 1));
  const labels = await labelsOf([0, 1]);
  expect(() => centerLoss(make(3, 4), labels, make(2, 4), 'learned')).toThrow(
    /centerLoss: labels are u32 \[2\], expected u32 \[3\]/,
  );
  expect(() => moveCenters(make(2, 5), make(2, 4), labels, 0.5)).toThrow(/expected f32 \[K, 4\]/);
  expect(() => drawCenters(make(2, 5), labels)).toThrow(/drawCenters: state is u32 \[2\]/);
});
