import { expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { DropPath } from '../../src/layers/drop-path.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Dropout2d } from '../../src/layers/dropout2d.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { backward } from '../../src/tensor/backward.ts';
import { random } from '../reference/array.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const input = random([40, 25], 1, 1, 2);

async function masks(device: Device, module: Dropout | Sequential, count: number): Promise<string[]> {
  const x = onDevice(device, input);
  const drawn: string[] = [];
  for (let i = 0; i < count; i++) {
    using y = module.call(x);
    drawn.push([...(await y.data())].map((value) => (value === 0 ? 0 : 1)).join(''));
  }
  return drawn;
}

test('in training, a fraction is zero and the rest is scaled; the gradient has the same mask', async () => {
  const device = await testDevice();
  const layer = new Dropout(0.25).to(device);
  const x = onDevice(device, input, true);
  const y = layer.call(x);
  backward(y, { gradient: onDevice(device, random([40, 25], 2, 1, 2)) });
  const [values, gradient] = [await y.data(), await x.grad!.data()];
  const scale = Math.fround(1 / 0.75);
  let zeros = 0;
  values.forEach((value, i) => {
    if (value === 0) zeros++;
    else expect(value).toBeCloseTo(input.data[i]! * scale, 5);
    expect(gradient[i] === 0).toBe(value === 0);
  });
  // 250 expected; four standard deviations
  expect(Math.abs(zeros - 250)).toBeLessThan(4 * Math.sqrt(1000 * 0.25 * 0.75));
  layer.dispose();
});

test('in evaluation, and with p = 0, the values pass unchanged and no mask is drawn', async () => {
  const device = await testDevice();
  for (const layer of [new Dropout().eval(), new Dropout(0)]) {
    layer.to(device);
    const x = onDevice(device, input, true);
    const counter = await bitsOf(layer.counter.value);
    const y = layer.call(x);
    backward(y, { gradient: onDevice(device, input) });
    expect(await bitsOf(y)).toEqual(await bitsOf(x));
    expect(await bitsOf(x.grad!)).toEqual(await bitsOf(x));
    expect(await bitsOf(layer.counter.value)).toEqual(counter);
    layer.dispose();
  }
});

test('masks depend only on seed, position in the model and number of the call', async () => {
  const device = await testDevice();
  const first = await masks(device, new Dropout(0.5).to(device, { seed: 5 }), 3);
  expect(new Set(first).size).toBe(3);
  expect(await masks(device, new Dropout(0.5).to(device, { seed: 5 }), 3)).toEqual(first);
  const others = [
    new Dropout(0.5).to(device, { seed: 6 }),
    new Dropout(0.5).to(device, { seed: 5 + 2 ** 32 }),
    new Sequential(new Dropout(0.5)).to(device, { seed: 5 }),
  ];
  const drawn = await Promise.all(others.map((module) => masks(device, module, 1)));
  expect(new Set([...first, ...drawn.flat()]).size).toBe(6);
});

test('its counter is not in the state dict, as in PyTorch', async () => {
  const device = await testDevice();
  const layer = new Dropout(0.5).to(device);
  expect([...(await layer.stateDict()).keys()]).toEqual([]);
  expect([...layer.namedBuffers()].map(([name]) => name)).toEqual(['counter']);
  layer.dispose();
});

test('rejects a probability out of range', () => {
  expect(() => new Dropout(1)).toThrow('Dropout: p: got 1, expected a number from 0');
  expect(() => new Dropout(-0.1)).toThrow('Dropout: p:');
  expect(() => new Dropout(Number.NaN)).toThrow('Dropout: p:');
});

test('Dropout2d drops whole channels of single images, DropPath whole samples', async () => {
  const device = await testDevice();
  const shape = [6, 3, 2, 5];
  const x = random(shape, 1, 1, 2);
  const dy = random(shape, 2, 1, 2);
  for (const [layer, keyOf, groups] of [
    [new Dropout2d(0.4), (i: number) => `${Math.floor(i / 30)} ${i % 5}`, 30],
    [new DropPath(0.4), (i: number) => `${Math.floor(i / 30)}`, 6],
  ] as const) {
    layer.to(device, { seed: 4 });
    const input = onDevice(device, x, true);
    const y = layer.call(input);
    backward(y, { gradient: onDevice(device, dy) });
    const [values, gradient] = [await y.data(), await input.grad!.data()];
    const scaleOf = new Map<string, number>();
    values.forEach((value, i) => {
      const scale = scaleOf.get(keyOf(i)) ?? (value === 0 ? 0 : 1 / 0.6);
      scaleOf.set(keyOf(i), scale);
      expect(value).toBeCloseTo(x.data[i]! * scale, 5);
      expect(gradient[i]).toBeCloseTo(dy.data[i]! * scale, 5);
    });
    expect(scaleOf.size).toBe(groups);
    expect(new Set(scaleOf.values()).size).toBe(2); // some dropped, some kept
    const next = await layer.call(input).data();
    expect([...next]).not.toEqual([...values]);
    layer.eval();
    expect(await bitsOf(layer.call(input))).toEqual(await bitsOf(input));
    layer.dispose();
  }
});

test('Dropout2d and DropPath reject unusable input and name themselves', async () => {
  const device = await testDevice();
  expect(() => new Dropout2d(1)).toThrow('Dropout2d: p: got 1');
  expect(() => new DropPath(-1)).toThrow('DropPath: p: got -1');
  expect(new DropPath().p).toBe(0);
  const layer = new Dropout2d().to(device);
  expect(() => layer.call(onDevice(device, random([2, 3], 1)))).toThrow('Dropout2d: input');
  expect(layer.outputShape([1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
});
