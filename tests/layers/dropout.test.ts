import { expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { Dropout } from '../../src/layers/dropout.ts';
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
