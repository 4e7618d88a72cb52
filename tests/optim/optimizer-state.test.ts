import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { Adam, AdamW } from '../../src/optim/adam.ts';
import type { Optimizer } from '../../src/optim/optimizer.ts';
import { RMSprop } from '../../src/optim/rmsprop.ts';
import { SAM } from '../../src/optim/sam.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { randn } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { scope } from '../../src/tensor/scope.ts';
import { MovingAverage } from '../../src/train/moving-average.ts';
import { bitsOf } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

const RULES: [string, (module: Linear) => Optimizer][] = [
  ['SGD', (module) => new SGD(module, { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 })],
  ['Adam', (module) => new Adam(module, { weightDecay: 0.1 })],
  ['RMSprop', (module) => new RMSprop(module, { momentum: 0.9, centered: true })],
  ['RMSprop without momentum', (module) => new RMSprop(module, { weightDecay: 0.1 })],
  ['AdamW', (module) => new AdamW(module, { learningRate: 0.02 })],
  ['Adam with amsgrad', (module) => new Adam(module, { amsgrad: true, betas: [0.9, 0.5], maximize: true })],
  ['SGD with dampening', (module) => new SGD(module, { momentum: 0.9, dampening: 0.5 })],
];

async function steps(module: Linear, optimizer: Optimizer, from: number, to: number): Promise<void> {
  const device = await testDevice();
  for (let i = from; i < to; i++) {
    scope(() => {
      module.zeroGrad();
      const y = module.call(randn(device, [4, 5], { seed: 10 + i }));
      backward(mean(mul(y, y)));
      optimizer.step();
    });
  }
}

test.each(RULES)('%s resumes from its state bit for bit', async (_, make) => {
  const device = await testDevice();
  const place = () => new Linear(5, 3).to(device, { seed: 3 });
  const whole = place();
  const rule = make(whole);
  await steps(whole, rule, 0, 5);
  const first = place();
  const begun = make(first);
  await steps(first, begun, 0, 3);
  const second = place();
  second.loadStateDict(await first.stateDict());
  const resumed = make(second);
  resumed.loadStateDict(await begun.stateDict());
  await steps(second, resumed, 3, 5);
  expect(await bitsOf(second.weight.value)).toEqual(await bitsOf(whole.weight.value));
  expect(resumed.learningRate).toBeCloseTo(rule.learningRate, 6);
  for (const used of [rule, begun, resumed]) used.dispose();
  for (const used of [whole, first, second]) used.dispose();
});

test('the state of another rule or model is rejected; a rule returns its settings', async () => {
  const device = await testDevice();
  const module = new Linear(5, 3).to(device);
  const other = new Linear(50, 30).to(device);
  const adam = new Adam(module, { weightDecay: 0.1 });
  const sgd = new SGD(module);
  const large = new Adam(other);
  const [state, largeState] = [await sgd.stateDict(), await large.stateDict()];
  expect(() => adam.loadStateDict(state)).toThrow(
    /Adam: the state does not fit this optimizer \(\d problems\):\n {2}missing: moment\.1/,
  );
  expect(() => adam.loadStateDict(largeState)).toThrow(
    /wrong shape: moment\.0 is \[1\d{3}\], expected \[128\]/,
  );
  expect(adam.settings()).toEqual({
    type: 'Adam',
    version: 1,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0.1,
    decayVectors: true,
    clipNorm: 0,
  });
  expect(sgd.settings()).toMatchObject({ type: 'SGD', momentum: 0, nesterov: false });
  const named = new SGD(module, { momentum: 0.9, dampening: 0.5, maximize: true });
  expect(named.settings()).toMatchObject({ dampening: 0.5, maximize: true });
  const maximum = new AdamW(module, { amsgrad: true });
  expect(maximum.settings()).toMatchObject({ type: 'AdamW', amsgrad: true });
  const averages = new AdamW(module);
  const withoutMaximum = await averages.stateDict();
  expect(() => maximum.loadStateDict(withoutMaximum)).toThrow('missing: moment.2');
  for (const used of [adam, sgd, large, named, maximum, averages, module, other]) used.dispose();
});

test('a disposed optimizer or average, or one whose model was disposed, says so in every method', async () => {
  const device = await testDevice();
  const parts = () => {
    const model = new Linear(5, 2).to(device);
    const optimizer = new SGD(model, { learningRate: 0.1 });
    return { model, optimizer, sam: new SAM(optimizer), average: new MovingAverage(model, 0.9) };
  };
  const calls = ({ optimizer, sam, average }: ReturnType<typeof parts>): [string, () => unknown][] => [
    ['SGD', () => optimizer.step()],
    ['SGD', () => sam.firstStep()],
    ['SGD', () => optimizer.stateDict()],
    ['SGD', () => optimizer.loadStateDict(new Map())],
    ['SGD', () => optimizer.skippedSteps()],
    ['SGD', () => Object.assign(optimizer, { learningRate: 1 })],
    ['MovingAverage', () => average.prepare(0)],
    ['MovingAverage', () => average.update()],
    ['MovingAverage', () => average.state()],
    ['MovingAverage', () => average.loadState(new Map())],
    ['MovingAverage', () => average.within(async () => {})],
  ];
  const gone = parts();
  gone.sam.dispose();
  gone.average.dispose();
  for (const [name, call] of calls(gone)) {
    const message = new RegExp(`^${name}: this (optimizer|average) was disposed. Create a new one.$`);
    await expect((async () => call())()).rejects.toThrow(message);
  }
  gone.model.dispose();
  const orphans = parts();
  orphans.model.dispose();
  for (const [name, call] of calls(orphans)) {
    await expect((async () => call())()).rejects.toThrow(
      `${name}: its model was disposed. Create both again.`,
    );
  }
  orphans.sam.dispose();
  orphans.average.dispose();
});
