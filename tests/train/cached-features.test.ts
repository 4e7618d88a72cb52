// Features of a frozen body that fit computes once: the same run bit for bit, with fewer dispatches.
import { describe, expect, test } from 'vitest';
import { ConvNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { Dropout } from '../../src/layers/dropout.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Module } from '../../src/layers/module.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { reshape } from '../../src/tensor/ops/reshape.ts';
import type { Shape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type FitOptions, fit } from '../../src/train/fit.ts';
import { TrainingStep } from '../../src/train/training-step.ts';
import { testDevice } from '../support/device.ts';
import { drain, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const train = tinyPictures(18); // two batches of 8, and two images that an epoch leaves out

/** A frozen body, dropout, and a trained head. With `isOpen`, the sum of the image is added to the logits. */
class Net extends Module {
  readonly body = new Sequential(
    new ConvNormActivation(3, 4, 3, { stride: 4, activation: 'relu' }),
    new ConvNormActivation(4, 6, 3, { activation: 'hardSwish' }),
  );
  readonly pool = new AvgPool2d(8);
  readonly flat = new Flatten();
  readonly dropout = new Dropout(0.3);
  readonly head = new Linear(6, 2);
  readonly isOpen: boolean;

  constructor(isOpen = false) {
    super();
    this.isOpen = isOpen;
  }

  forward(x: Tensor): Tensor {
    const pooled = this.flat.call(this.pool.call(this.body.call(x)));
    const logits = this.head.call(this.dropout.call(pooled));
    if (!this.isOpen) return logits;
    return add(logits, mul(reshape(mean(x, [1, 2, 3]), [x.shape[0] as number, 1]), 0.1));
  }

  outputShape(input: Shape): Shape {
    return [input[0] as number, 2];
  }
}

async function setUp(changed: Partial<FitOptions> = {}, isOpen = false) {
  const device = await testDevice();
  const model = new Net(isOpen).to(device, { seed: 3 });
  model.body.freeze();
  const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
  const options: FitOptions = {
    train,
    loss: new CrossEntropyLoss(),
    optimizer,
    epochs: 2,
    batch: 8,
    side: 32,
    seed: 1,
    ...changed,
  };
  return { model, options };
}

async function run(changed: Partial<FitOptions> = {}, during?: (model: Net, step: number) => void) {
  const { model, options } = await setUp(changed);
  const losses = [];
  for await (const event of fit(model, options)) {
    if (event.kind !== 'step') continue;
    losses.push(event.loss, event.gradientNorm);
    during?.(model, event.step);
  }
  const bits = stateBits(await model.stateDict());
  options.optimizer.dispose();
  model.dispose();
  return { losses, bits };
}

async function dispatches(changed: Partial<FitOptions> = {}, isOpen = false): Promise<number> {
  const { model, options } = await setUp(changed, isOpen);
  const step = await TrainingStep.create(model, options);
  const count = step.dispatches;
  step.dispose();
  options.optimizer.dispose();
  model.dispose();
  return count;
}

describe('a frozen body', () => {
  test('the same losses and weights bit for bit, with fewer dispatches', async () => {
    expect(await run()).toEqual(await run({ cacheFeatures: false }));
    expect(await dispatches()).toBeLessThan(await dispatches({ cacheFeatures: false }));
  });

  test('with accumulated gradients', async () => {
    expect(await run({ accumulate: 2 })).toEqual(await run({ accumulate: 2, cacheFeatures: false }));
  });

  test('unfrozen in the middle of a run: the body is computed again', async () => {
    const unfreeze = (model: Net, step: number) => {
      if (step === 2) model.body.unfreeze();
    };
    const cached = await run({ epochs: 3 }, unfreeze);
    expect(cached.bits).toEqual((await run({ epochs: 3, cacheFeatures: false }, unfreeze)).bits);
    expect(cached.bits).not.toEqual((await run({ epochs: 3 })).bits);
  });
});

test('the features are computed once in a run, although training changes modules after the first trained one', async () => {
  const { model, options } = await setUp({ epochs: 3 });
  const { device } = model;
  const dispatch = device.dispatch;
  let copies = 0;
  device.dispatch = (kernel, spec) => {
    if (spec.label === 'cached features' && kernel.name === 'strided_copy') copies++;
    dispatch.call(device, kernel, spec);
  };
  await fit(model, options);
  Reflect.deleteProperty(device, 'dispatch');
  expect(copies).toBe(2 * Math.ceil(train.length / 8)); // images and labels, once
  options.optimizer.dispose();
  model.dispose();
});

test('frozen weights that are overwritten in the middle of a run are used from then on', async () => {
  const overwrite = (model: Net, step: number) => {
    if (step === 2)
      for (const { value } of model.body.parameters()) value.write(new Float32Array(value.size).fill(0.1));
  };
  const cached = await run({ epochs: 3, ema: 0.5, valid: train }, overwrite);
  expect(cached).toEqual(await run({ epochs: 3, ema: 0.5, valid: train, cacheFeatures: false }, overwrite));
  expect(cached.bits).not.toEqual((await run({ epochs: 3, ema: 0.5, valid: train })).bits);
});

test('images that change, or that the head also uses, are not cached', async () => {
  const augmentation = { mirror: 0.5 };
  expect(await dispatches({ augmentation })).toBe(await dispatches({ augmentation, cacheFeatures: false }));
  expect(await dispatches({ mixup: 0.2 })).toBe(await dispatches({ mixup: 0.2, cacheFeatures: false }));
  expect(await dispatches({}, true)).toBe(await dispatches({ cacheFeatures: false }, true));
});

test('a signal that stops the computation of the features ends the run after the current step', async () => {
  const { model, options } = await setUp();
  const before = model.device.memory().liveStorages;
  const { stopped, epochs } = await fit(model, { ...options, signal: AbortSignal.abort() });
  expect([stopped, epochs]).toEqual(['canceled', 0]);
  await model.device.sync();
  expect(model.device.memory().liveStorages).toBe(before);
});

test('the option `cacheFeatures` is checked', async () => {
  const { model, options } = await setUp({ cacheFeatures: 1 as unknown as boolean });
  await expect(drain(fit(model, options))).rejects.toThrow(
    'fit: cacheFeatures: got 1, expected true or false',
  );
});
