import { expect, test } from 'vitest';
import { addShortcut, BlazeBlock, shortcut } from '../../src/models/blazeface/blaze-block.ts';
import { tensor } from '../../src/tensor/create.ts';
import { add } from '../../src/tensor/ops/binary.ts';
import { relu } from '../../src/tensor/ops/unary.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { expectClose } from '../reference/expect-close.ts';
import { testDevice } from '../support/device.ts';

const values = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + seed));

/** The definition in float64: one value per output element. */
function reference(a: Float32Array, x: Float32Array, [n, h, w, c]: number[], inputs: number, stride: number) {
  const out: number[] = [];
  for (let row = 0; row < n! * h!; row++) {
    for (let column = 0; column < w!; column++) {
      for (let channel = 0; channel < c!; channel++) {
        let s = channel < inputs ? Number.NEGATIVE_INFINITY : 0;
        for (let dy = 0; channel < inputs && dy < stride; dy++) {
          for (let dx = 0; dx < stride; dx++) {
            const at = (stride * row + dy) * (stride * w!) + stride * column + dx;
            s = Math.max(s, x[at * inputs + channel]!);
          }
        }
        out.push(Math.max(0, a[out.length]! + s));
      }
    }
  }
  return out;
}

test.each([
  [[2, 3, 5, 8], 8, 1],
  [[1, 4, 3, 12], 8, 1],
  [[2, 2, 3, 8], 4, 2],
  [[1, 3, 2, 7], 6, 1],
  [[2, 2, 2, 6], 5, 2],
])('relu(y + shortcut) for %j from %i channels, stride %i', async (shape, inputs, stride) => {
  const device = await testDevice();
  const [n, h, w] = shape as [number, number, number];
  const a = values(
    shape.reduce((p, q) => p * q, 1),
    0.3,
  );
  const x = values(n * h * stride * w * stride * inputs, 1.9);
  using left = tensor(device, a, { shape });
  using right = tensor(device, x, { shape: [n, h * stride, w * stride, inputs] });
  const wanted = reference(a, x, shape, inputs, stride);
  using fused = addShortcut(left, right, stride);
  expectClose(await fused.data(), wanted, { atol: 1e-6 });
  using composed = relu(add(left, shortcut(right, stride, left)));
  expectClose(await composed.data(), wanted, { atol: 1e-6 });
});

test.each([1, 2])('a block computes the same with and without a tape, stride %i', async (stride) => {
  const device = await testDevice();
  using block = new BlazeBlock({ input: 6, output: 8, stride, residual: true }).to(device);
  using x = tensor(device, values(6 * 8 * 6, 0.5), { shape: [1, 6, 8, 6] });
  using taped = block.call(x);
  using plain = noGrad(() => block.call(x));
  expect(plain.shape).toEqual(block.outputShape(x.shape));
  expectClose(await plain.data(), await taped.data(), { atol: 1e-6 });
});
