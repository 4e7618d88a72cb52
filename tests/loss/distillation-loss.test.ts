import { expect, test } from 'vitest';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { DistillationLoss } from '../../src/loss/distillation-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { fit } from '../../src/train/fit.ts';
import { from, map, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { numericGradient } from '../reference/numeric-gradient.ts';
import { crossEntropy } from '../reference/ops/cross-entropy.ts';
import { pairLoss } from '../reference/ops/pair-loss.ts';
import { logSoftmax } from '../reference/ops/softmax.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { drain, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const images = random([3, 1, 1, 4], 1);
const logits = random([3, 2], 2, -3, 3);
const labels = [0, 1, 1];

test('is alpha T^2 KL + (1 - alpha) cross-entropy, with its gradient', async () => {
  const device = await testDevice();
  const teacher = new Sequential(new Flatten(), new Linear(4, 2)).to(device, { seed: 2 });
  const answers = await teacher.call(onDevice(device, images)).data();
  for (const [temperature, alpha, labelSmoothing] of [
    [2, 0.25, 0],
    [4, 0.9, 0.1],
    [1, 1, 0],
  ] as const) {
    const at = (x: typeof logits) => logSoftmax(map(x, (v) => v / temperature));
    const reference = (x: typeof logits) => {
      const soft = pairLoss('klDiv', at(x), at(from([3, 2], answers)), {
        logTarget: true,
        reduction: 'batchmean',
      });
      return (
        alpha * temperature ** 2 * soft.data[0]! + (1 - alpha) * crossEntropy(x, labels, { labelSmoothing })
      );
    };
    const loss = new DistillationLoss(teacher, { temperature, alpha, labelSmoothing });
    const input = onDevice(device, logits, true);
    const { total, parts } = loss.call(input, tensor(device, Uint32Array.from(labels)), {
      images: onDevice(device, images),
    });
    backward(total);
    expect(await total.item()).toBeCloseTo(reference(logits), 5);
    expect((await parts.teacher!.item()) + (await parts.labels!.item())).toBeCloseTo(reference(logits), 5);
    expectClose(await input.grad!.data(), numericGradient(reference, logits), { rtol: 1e-4, atol: 1e-5 });
  }
  expect(teacher.training).toBe(true); // evaluation mode only while it answers
  expect((teacher.modules[1] as Linear).weight.value.grad).toBeNull();
});

test('fit with a teacher: its part of the loss decreases, and the teacher does not change', async () => {
  const device = await testDevice();
  const make = (seed: number) =>
    new Sequential(new AvgPool2d(8), new Flatten(), new Linear(48, 2)).to(device, { seed });
  const [teacher, model] = [make(1), make(2)];
  const before = stateBits(await teacher.stateDict());
  const optimizer = new SGD(model, { learningRate: 0.05 });
  const loss = new DistillationLoss(teacher, { alpha: 1 });
  const run = { train: tinyPictures(16), loss, optimizer, epochs: 3, batch: 8, side: 32, seed: 1 };
  const { steps } = await drain(fit(model, run));
  expect(steps.at(-1)!.parts.teacher).toBeLessThan(steps[0]!.parts.teacher! / 2);
  expect(stateBits(await teacher.stateDict())).toEqual(before);
});

test('errors state what does not fit', async () => {
  const device = await testDevice();
  const teacher = new Sequential(new Flatten(), new Linear(4, 5)).to(device);
  const loss = new DistillationLoss(teacher);
  const target = tensor(device, Uint32Array.from(labels));
  expect(() => loss.call(onDevice(device, logits), target, {})).toThrow('DistillationLoss: images: got none');
  expect(() => loss.call(onDevice(device, logits), target, { images: onDevice(device, images) })).toThrow(
    'DistillationLoss: the teacher returns [3, 5], expected [3, 2]',
  );
  expect(() => new DistillationLoss('resnet' as never)).toThrow("DistillationLoss: teacher: got 'resnet'");
  expect(() => new DistillationLoss(teacher, { alpha: 2 })).toThrow('DistillationLoss: alpha: got 2');
  expect(() => new DistillationLoss(teacher, { temperature: 0 })).toThrow(
    'DistillationLoss: temperature: got 0',
  );
  expect(loss.settings()).toMatchObject({ teacher: { type: 'Sequential', parameters: 25 }, temperature: 2 });
});
