// The loss classes over pairs: by themselves, from labels, and in fit.
import { describe, expect, test } from 'vitest';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { BCEWithLogitsLoss } from '../../src/loss/bce-with-logits-loss.ts';
import { L1Loss, MSELoss, SmoothL1Loss } from '../../src/loss/distance-losses.ts';
import { KLDivLoss } from '../../src/loss/kl-div-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { tensor } from '../../src/tensor/create.ts';
import { logSoftmax } from '../../src/tensor/ops/softmax.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { fit } from '../../src/train/fit.ts';
import { from, random } from '../reference/array.ts';
import { type PairLossName, pairLoss } from '../reference/ops/pair-loss.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { drain } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const LOSSES = [
  ['mseLoss', MSELoss, {}],
  ['l1Loss', L1Loss, { reduction: 'sum' }],
  ['smoothL1Loss', SmoothL1Loss, { beta: 0.5 }],
  ['binaryCrossEntropyWithLogits', BCEWithLogitsLoss, {}],
  ['klDiv', KLDivLoss, { reduction: 'batchmean' }],
] as const;
const x = random([3, 4], 1, -3, -0.1);

describe.each(LOSSES)('%s', (name: PairLossName, Loss, options) => {
  test('the loss for labels equals that for one-hot rows', async () => {
    const device = await testDevice();
    const loss = new (Loss as typeof MSELoss)(options as object);
    const rows = from([3, 4], [0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]);
    const expected = pairLoss(name, x, rows, options).data[0]!;
    const labels = tensor(device, Uint32Array.of(1, 3, 0));
    expect(await loss.call(onDevice(device, x), labels).item()).toBeCloseTo(expected, 5);
    expect(await loss.call(onDevice(device, x), onDevice(device, rows)).item()).toBeCloseTo(expected, 5);
  });

  test('a label outside the classes makes its row and the loss NaN, not a smaller number', async () => {
    const device = await testDevice();
    const labels = tensor(device, Uint32Array.of(1, 4, 0xffffff9c));
    const each = new (Loss as typeof MSELoss)({ ...options, reduction: 'none' });
    const values = await each.call(onDevice(device, x), labels).data();
    expect([...values].map(Number.isNaN)).toEqual([0, 1, 1].flatMap((wrong) => Array(4).fill(wrong === 1)));
    const whole = new (Loss as typeof MSELoss)(options as object);
    expect(await whole.call(onDevice(device, x), labels).item()).toBeNaN();
  });

  test('trains a model in fit, with and without gradient accumulation', async () => {
    const device = await testDevice();
    class LogSoftmax extends Flatten {
      override forward(logits: Tensor): Tensor {
        return logSoftmax(logits);
      }
    }
    const losses = [];
    for (const accumulate of [1, 2]) {
      const layers = [new AvgPool2d(8), new Flatten(), new Linear(48, 2)];
      const model = new Sequential(...layers, ...(name === 'klDiv' ? [new LogSoftmax()] : []));
      const optimizer = new SGD(model.to(device, { seed: 3 }), { learningRate: 0.01 });
      const loss = new (Loss as typeof MSELoss)(options as object);
      const run = { train: tinyPictures(16), epochs: 1, batch: 8, side: 32, seed: 1 };
      const { steps } = await drain(fit(model, { ...run, loss, optimizer, accumulate }));
      losses.push(steps.map((step) => step.loss));
      optimizer.dispose();
      model.dispose();
    }
    expect(losses[1]![0]).toBeCloseTo(losses[0]![0]!, 4);
    expect(losses[1]![1]).toBeCloseTo(losses[0]![1]!, 4);
  });

  test('rejects unknown options and names itself', () => {
    expect(() => new (Loss as typeof MSELoss)({ reduce: true } as object)).toThrow(
      `${Loss.name}: unknown option "reduce"`,
    );
  });
});

test('settings are plain JSON with the values of weights', async () => {
  const device = await testDevice();
  expect(await new SmoothL1Loss({ beta: 2 }).settings()).toEqual({
    type: 'SmoothL1Loss',
    version: 1,
    reduction: 'mean',
    beta: 2,
  });
  expect(await new KLDivLoss({ reduction: 'batchmean' }).settings()).toEqual({
    type: 'KLDivLoss',
    version: 1,
    reduction: 'batchmean',
    logTarget: false,
  });
  const posWeight = tensor(device, [1, 3]);
  expect(await new BCEWithLogitsLoss({ posWeight }).settings()).toMatchObject({
    weight: null,
    posWeight: [1, 3],
  });
});
