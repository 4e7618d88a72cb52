import { expect, test } from 'vitest';
import { fromTorch, torchShape, toTorch } from '../../src/layers/torch-layout.ts';
import { sizeOf, stridesOf } from '../../src/tensor/shape.ts';

// the layout, a shape here, and for each axis of PyTorch the axis here; a depthwise weight has an axis of one more there
test.each([
  ['conv', [2, 3, 4, 5], [3, 2, 0, 1]],
  ['conv', [1, 1, 3, 2], [3, 2, 0, 1]],
  ['depthwise', [3, 2, 5], [2, 0, 1]],
  ['linear', [4, 3], [1, 0]],
  ['linear', [1, 7], [1, 0]],
  ['image', [2, 3, 4], [2, 0, 1]],
  ['same', [2, 3], [0, 1]],
] as const)('%s %j: every value is where PyTorch has it', (layout, shape, order) => {
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => i);
  const theirs = toTorch(values, shape, layout);
  const permuted = order.map((axis) => shape[axis]!);
  expect(
    torchShape(shape, layout).filter((n, axis) => layout !== 'depthwise' || axis !== 1 || n !== 1),
  ).toEqual(permuted);
  const [ours, strides] = [stridesOf(shape), stridesOf(permuted)];
  for (const [at, value] of theirs.entries()) {
    const index = order.reduce<number>((sum, axis, i) => {
      return sum + (Math.floor(at / strides[i]!) % permuted[i]!) * ours[axis]!;
    }, 0);
    expect(value).toBe(values[index]);
  }
  expect(fromTorch(theirs, shape, layout)).toEqual(values);
  expect(fromTorch([...theirs], shape, layout)).toEqual(values);
  expect(toTorch(Uint32Array.from(values), shape, layout)).toEqual(Uint32Array.from(theirs));
});
