import { expect, test } from 'vitest';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { rand, tensor } from '../../src/tensor/create.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { slice } from '../../src/tensor/ops/slice.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';
import { SmallNetwork } from '../support/small-network.ts';

test('two backward passes are summed: two halves of a batch give the step of the whole', async () => {
  const device = await testDevice();
  const model = new SmallNetwork(['left', 'right'], 1).to(device, { seed: 1 });
  const criterion = new CrossEntropyLoss();
  const images = rand(device, [4, 32, 32, 3], { seed: 2, low: -1 });
  const labels = tensor(device, new Uint32Array([0, 1, 1, 1]));
  // batch norm adopts the statistics of these images once, so that gradients do not vanish, and then keeps them
  scope(() => void noGrad(() => model.call(images)));
  model.eval();
  const pass = (from: number, end: number) =>
    scope(() => {
      const x = slice(images, [from, 0, 0, 0], [end, 32, 32, 3]);
      const y = slice(labels, [from], [end]);
      backward(mul(criterion.call(model.call(x), y), (end - from) / 4));
    });
  const gradients = async () => (await model.arenas.gradients.flat.data()) as Float32Array;

  model.zeroGrad();
  pass(0, 2);
  const first = await gradients();
  model.zeroGrad();
  pass(2, 4);
  const second = await gradients();
  model.zeroGrad();
  pass(0, 2);
  pass(2, 4);
  const both = await gradients();
  const largest = both.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  const off = both.reduce((most, value, i) => Math.max(most, Math.abs(value - (first[i]! + second[i]!))), 0);
  expect(off).toBeLessThan(1e-6 * largest);

  model.zeroGrad();
  pass(0, 4);
  const whole = await gradients();
  const apart = both.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[i]!)), 0);
  expect(apart).toBeLessThan(1e-4 * largest);

  // and the step uses the sum
  model.zeroGrad();
  pass(0, 2);
  pass(2, 4);
  const before = (await model.arenas.parameters.flat.data()) as Float32Array;
  const optimizer = new SGD(model, { learningRate: 0.5 });
  optimizer.step().dispose();
  const after = (await model.arenas.parameters.flat.data()) as Float32Array;
  const missed = after.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (before[i]! - 0.5 * both[i]!))),
    0,
  );
  expect(missed).toBeLessThan(1e-6);
  optimizer.dispose();
  model.dispose();
});
