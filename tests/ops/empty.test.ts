// One rule for empty tensors: none can be created. Every op whose arguments could request one throws and names itself.
import { expect, test } from 'vitest';
import * as fg from '../../src/index.ts';
import { OPS } from '../../src/tensor/ops/table.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const x = fg.tensor(device, [
  [1, 2],
  [3, 4],
]);
const u = fg.tensor(device, Uint32Array.of(0, 1));
const images = fg.zeros(device, [1, 2, 2, 1]);

/** By op, the calls whose result would have no elements. The results of all other ops have elements if their inputs do. */
const CALLS: Record<string, (() => unknown)[]> = {
  reshape: [() => fg.reshape(x, [0]), () => fg.reshape(x, [0, -1])],
  expand: [() => fg.expand(x, [0, 2, 2])],
  slice: [
    () => fg.slice(x, [0, 1], [2, 1]),
    () => fg.slice(x, [0, 0], [2, 2], [1, -1]),
    () => fg.slice(x, [1, 0], [0, 2]),
  ],
  split: [() => fg.split(x, 0), () => fg.split(x, [0, 2])],
  chunk: [() => fg.chunk(x, 0)],
  concat: [() => fg.concat([], 0)],
  stack: [() => fg.stack([])],
  topk: [() => fg.topk(x, 0)],
  oneHot: [() => fg.oneHot(u, 0)],
  conv2d: [() => fg.conv2d(images, fg.zeros(device, [3, 3, 1, 1]), null)],
  depthwiseConv2d: [() => fg.depthwiseConv2d(images, fg.zeros(device, [3, 3, 1]), null)],
  maxPool2d: [() => fg.maxPool2d(images, { kernelSize: 3 })],
  avgPool2d: [() => fg.avgPool2d(images, { kernelSize: 3 })],
  adaptiveAvgPool2d: [() => fg.adaptiveAvgPool2d(images, 0)],
  adaptiveMaxPool2d: [() => fg.adaptiveMaxPool2d(images, [1, 0])],
  interpolate: [
    () => fg.interpolate(images, { size: 0 }),
    () => fg.interpolate(images, { scaleFactor: 0.1 }),
  ],
  convTranspose2d: [() => fg.convTranspose2d(images, fg.zeros(device, [1, 1, 1, 1]), null, { padding: 1 })],
};

test.each([
  ['tensor', () => fg.tensor(device, [])],
  ['tensor', () => fg.tensor(device, [[], []])],
  ['tensor', () => fg.tensor(device, new Float32Array(0))],
  ['tensor', () => fg.tensor(device, [], { shape: [0, 3] })],
  ['zeros', () => fg.zeros(device, [0])],
  ['ones', () => fg.ones(device, [2, 0])],
  ['full', () => fg.full(device, [0], 1)],
  ['rand', () => fg.rand(device, [0], { seed: 1 })],
  ['randn', () => fg.randn(device, [0], { seed: 1 })],
  ['gather', () => fg.empty(device, [0], 'u32', 'gather')],
] as const)('%s refuses to make an empty tensor', (name, make) => {
  expect(make).toThrow(new RegExp(`^${name}: `));
  expect(make).toThrow('empty tensors are not supported');
});

test('every op that could create one throws and names itself', () => {
  const known = new Set(OPS.map(({ name }) => name));
  for (const [name, calls] of Object.entries(CALLS)) {
    expect(known.has(name), name).toBe(true);
    for (const call of calls) expect(call, name).toThrow(new RegExp(`^${name}: `));
  }
});
