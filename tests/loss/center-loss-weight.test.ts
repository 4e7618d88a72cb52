import { expect, test } from 'vitest';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { SoftmaxCenterLoss } from '../../src/loss/softmax-center-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { random, randomIntegers, randomNormal } from '../reference/array.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const [ROWS, INPUTS, WIDTH, CLASSES] = [64, 160, 640, 8];

/**
 * Trains the two linear layers of the paper's network, of which the first has a third of its inputs, on eight clusters,
 * and returns the cross-entropy of the last step. Chance is ln 8 = 2.08.
 */
async function trained(lambda: number, scale?: number): Promise<number> {
  const device = await testDevice();
  const init = { kind: 'normal', std: 0.01 } as const;
  const model = new Sequential(new Linear(INPUTS, WIDTH, { init }), new Linear(WIDTH, CLASSES, { init }));
  model.to(device, { seed: 1 });
  const loss = new SoftmaxCenterLoss(CLASSES, WIDTH, { lambda, ...(scale !== undefined && { scale }) });
  loss.to(device);
  const optimizer = new SGD(model, { learningRate: 0.2, momentum: 0.9, nesterov: true });
  const labels = randomIntegers(ROWS, CLASSES, 1);
  const centers = randomNormal([CLASSES, INPUTS], 2, 0.1);
  const noise = random([ROWS, INPUTS], 3, 0, 0.6);
  const data = noise.data.map(
    (v, i) => v + centers.data[labels[Math.floor(i / INPUTS)]! * INPUTS + (i % INPUTS)]!,
  );
  const x = onDevice(device, { shape: [ROWS, INPUTS], data });
  const wanted = tensor(device, Uint32Array.from(labels));
  let last = Number.NaN;
  for (let step = 0; step < 60; step++) {
    const entropy = scope(() => {
      model.zeroGrad();
      const embedding = model.modules[0]!.call(x);
      const logits = model.modules[1]!.call(embedding);
      const { total, parts } = loss.call(logits, wanted, { embedding });
      backward(total);
      loss.update(logits, { embedding, labels: wanted });
      optimizer.step();
      return parts.crossEntropy!;
    });
    if (step === 59) last = await entropy.item();
    entropy.dispose();
  }
  for (const each of [optimizer, model, x, wanted]) each.dispose();
  loss.center?.dispose();
  return last;
}

test.each([0, 0.01, 0.4, 1])('lambda %s over an embedding of 640 features trains', async (lambda) => {
  expect(await trained(lambda)).toBeLessThan(0.01);
});

test('with scale 1 the weight that suits 8 logits diverges over 640 features', async () => {
  expect(await trained(0.4, 1)).toBeGreaterThan(2);
});
