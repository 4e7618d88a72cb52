import { expect, test } from 'vitest';
import type { Module } from '../../src/layers/module.ts';
import { ReflectionPad2d, ReplicationPad2d, ZeroPad2d } from '../../src/layers/padding.ts';
import { ChannelShuffle, Upsample } from '../../src/layers/resampling.ts';
import { channelShuffle } from '../../src/tensor/ops/channel-shuffle.ts';
import { interpolate } from '../../src/tensor/ops/interpolate.ts';
import { pad } from '../../src/tensor/ops/pad.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { random } from '../reference/array.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

// the ops are compared with the float64 reference in tests/ops/resampling.test.ts
const sides = [
  [0, 0],
  [3, 0],
  [1, 2],
  [0, 0],
] as const;
const layers: [Module, (x: Tensor) => Tensor][] = [
  [new Upsample({ scaleFactor: 1.5 }), (x) => interpolate(x, { scaleFactor: 1.5 })],
  [
    new Upsample({ size: [3, 7], mode: 'bilinear', alignCorners: true }),
    (x) => interpolate(x, { size: [3, 7], mode: 'bilinear', alignCorners: true }),
  ],
  [new ChannelShuffle(3), (x) => channelShuffle(x, 3)],
  [new ZeroPad2d([1, 2, 3, 0]), (x) => pad(x, sides)],
  [new ReflectionPad2d([1, 2, 3, 0]), (x) => pad(x, sides, { mode: 'reflect' })],
  [new ReplicationPad2d([1, 2, 3, 0]), (x) => pad(x, sides, { mode: 'replicate' })],
  [
    new ReflectionPad2d(2),
    (x) =>
      pad(
        x,
        [
          [0, 0],
          [2, 2],
          [2, 2],
          [0, 0],
        ],
        { mode: 'reflect' },
      ),
  ],
];

test.each(layers)('%o computes the same as the op, and states its output shape', async (layer, op) => {
  const x = onDevice(await testDevice(), random([2, 4, 5, 6], 1));
  const y = layer.call(x);
  expect(await y.data()).toEqual(await op(x).data());
  expect(layer.outputShape(x.shape)).toEqual(y.shape);
});

test('errors state what is wrong', () => {
  expect(() => new Upsample({})).toThrow('Upsample: got neither size nor scaleFactor');
  expect(() => new Upsample({ scaleFactor: 0.1 }).outputShape([1, 4, 4, 3])).toThrow(
    'leaves no pixels of 4 x 4',
  );
  expect(() => new ChannelShuffle(0)).toThrow('ChannelShuffle: groups: got 0');
  expect(() => new ChannelShuffle(4).outputShape([1, 2, 2, 6])).toThrow('groups: got 4 for 6 channels');
  expect(() => new ZeroPad2d([1, 2] as never)).toThrow(
    'ZeroPad2d: padding: got [1, 2], expected an integer >= 0 or [left',
  );
  expect(() => new ReplicationPad2d(-1)).toThrow('ReplicationPad2d: padding: got -1');
  expect(() => new ReflectionPad2d(4).outputShape([1, 4, 9, 1])).toThrow(
    'reflects more pixels than there are',
  );
});
