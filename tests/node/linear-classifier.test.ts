// Drawn faces are a real task: the accuracy of a linear classifier on the pixels stays low.
import { expect, test } from 'vitest';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { Adam } from '../../src/optim/adam.ts';
import { backward } from '../../src/tensor/backward.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { scope } from '../../src/tensor/scope.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { testDevice } from '../support/device.ts';

const SIDE = 24;
const BATCH = 100;
const PICTURES = 4000;
const PASSES = 8;

test('a linear classifier on the pixels learns something and stays under 60 %', async () => {
  const device = await testDevice();
  const model = new Sequential(new Flatten(), new Linear(SIDE * SIDE * 3, 8)).to(device, { seed: 1 });
  const optimizer = new Adam(model, { learningRate: 1e-3, weightDecay: 1e-3 });
  const reader = new DrawnFaceSource({ seed: 1, length: PICTURES }).open(device, {
    batch: BATCH,
    side: SIDE,
  });
  const step = await device.capture(() =>
    scope(() => {
      const { images, labels } = reader.record();
      model.zeroGrad();
      backward(crossEntropy(model.call(images), labels));
      optimizer.step();
    }),
  );
  const steps = (PASSES * PICTURES) / BATCH;
  for (let i = 0; i < steps; i++) {
    optimizer.learningRate = 2e-3 * 0.1 ** (i / steps);
    reader.load(Array.from({ length: BATCH }, (_, at) => ((i * BATCH) % PICTURES) + at));
    step.run();
    if (i % 20 === 19) await device.sync();
  }
  const fresh = new DrawnFaceSource({ seed: 2, length: 1000 });
  const { accuracy } = await evaluate(model, fresh, { batch: BATCH, side: SIDE });
  console.log(`linear classifier on drawn faces: ${(100 * accuracy).toFixed(1)} %`);
  expect(accuracy).toBeGreaterThan(0.25); // an eighth is chance
  expect(accuracy).toBeLessThan(0.6);
});
