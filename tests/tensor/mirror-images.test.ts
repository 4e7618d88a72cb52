import { expect, test } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import { mirrorImages } from '../../src/tensor/image.ts';
import { testDevice } from '../support/device.ts';

test.each([
  [2, 3, 5, 3],
  [1, 1, 1, 3],
  [3, 2, 4, 1],
])('images of %i x %i x %i x %i are mirrored, left to right', async (n, h, w, c) => {
  const shape = [n, h, w, c];
  const values = Float32Array.from({ length: n * h * w * c }, (_, i) => i + 0.5);
  using x = tensor(await testDevice(), values, { shape });
  using y = mirrorImages(x);
  expect(y.shape).toEqual(shape);
  const wanted = values.map((_, i) => {
    const [channel, column, rest] = [i % c, Math.floor(i / c) % w, Math.floor(i / (c * w))];
    return values[(rest * w + (w - 1 - column)) * c + channel]!;
  });
  expect(await y.data()).toEqual(wanted);
  using back = mirrorImages(y);
  expect(await back.data()).toEqual(values);
});
