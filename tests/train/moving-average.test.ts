import { expect, test } from 'vitest';
import { BatchNorm2d } from '../../src/layers/batch-norm2d.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { readState } from '../../src/layers/state-dict.ts';
import { MovingAverage } from '../../src/train/moving-average.ts';
import { testDevice } from '../support/device.ts';
import { stateBits } from '../support/fit-run.ts';

async function place() {
  const device = await testDevice();
  const norm = new BatchNorm2d(5);
  const model = new Sequential(new Linear(3, 5), norm, new Dropout(0.5)).to(device, { seed: 7 });
  return { device, model, norm };
}

test('follows weights and running statistics, with a decay that increases from 0.1', async () => {
  const { model, norm } = await place();
  const average = new MovingAverage(model, 0.3);
  const weights = [1, 4, -2];
  let expected = 1; // the initial scale of a norm
  let mean = 0;
  for (const [step, value] of weights.entries()) {
    norm.weight!.value.write(new Float32Array(5).fill(value));
    norm.running_mean!.value.write(new Float32Array(5).fill(10 * value));
    average.prepare(step);
    average.update();
    const decay = Math.min(0.3, (1 + step) / (10 + step));
    expected = decay * expected + (1 - decay) * value;
    mean = decay * mean + (1 - decay) * 10 * value;
  }
  await average.within(async () => {
    const state = await model.stateDict();
    expect(state.get('1.weight')!.data[4]).toBeCloseTo(expected, 5);
    expect(state.get('1.running_mean')!.data[0]).toBeCloseTo(mean, 4);
  });
  average.dispose();
  model.dispose();
});

test('within() restores the model, including counters, also after an error', async () => {
  const { device, model } = await place();
  const before = stateBits(await readState(model, false));
  const memory = device.memory().liveBytes;
  const average = new MovingAverage(model, 0.9);
  for (let step = 0; step < 3; step++) {
    average.prepare(step);
    average.update();
  }
  await average.within(async () => {
    await expect(average.within(async () => {})).rejects.toThrow(/inside within\(\)/);
  });
  await expect(average.within(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(stateBits(await readState(model, false))).toEqual(before);
  average.dispose();
  expect(device.memory().liveBytes).toBe(memory);
  model.dispose();
});

test('its state can be restored in another one bit for bit; another size is rejected', async () => {
  const { model, norm } = await place();
  const first = new MovingAverage(model, 0.9);
  norm.weight!.value.write(new Float32Array(5).fill(0.1));
  first.prepare(5);
  first.update();
  const second = new MovingAverage(model, 0.9);
  const state = await first.state();
  second.loadState(state);
  expect(stateBits(await second.state())).toEqual(stateBits(state));
  state.get('parameters')!.data = new Uint32Array(3);
  expect(() => second.loadState(state)).toThrow(/got 3 numbers of parameters/);
  expect(() => new MovingAverage(model, 1)).toThrow(/decay: got 1, expected a number from 0/);
  first.dispose();
  second.dispose();
  model.dispose();
});

test('frozen parameters and statistics stay bit-equal, also -0, infinities and those frozen late', async () => {
  const { device, model, norm } = await place();
  const [early] = model.parameters();
  early!.requiresGrad = false;
  const special = new Float32Array(15).fill(0.1);
  special.set([-0, Number.POSITIVE_INFINITY, 1e-40, Number.NaN]);
  early!.value.write(special);
  const average = new MovingAverage(model, 0.9);
  const update = async (step: number) => {
    average.prepare(step);
    average.update();
    await device.sync();
  };
  norm.weight!.value.write(new Float32Array(5).fill(3));
  norm.running_mean!.value.write(new Float32Array(5).fill(3));
  await update(20);
  norm.freeze();
  const bits = async () => stateBits(await readState(model, false), (name) => !name.includes('0.bias'));
  const before = await bits();
  for (let step = 21; step < 24; step++) await update(step);
  await average.within(async () => expect(await bits()).toEqual(before));
  expect(await bits()).toEqual(before);
  norm.unfreeze();
  await average.within(async () => expect(await bits()).not.toEqual(before)); // the average was kept and differs from the current value
  average.dispose();
  model.dispose();
});
