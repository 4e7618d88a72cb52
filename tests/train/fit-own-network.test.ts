import { describe, expect, test } from 'vitest';
import {
  Adam,
  AvgPool2d,
  type Classifier,
  ConvNormActivation,
  CrossEntropyLoss,
  DepthwiseNormActivation,
  type FitOptions,
  Flatten,
  fit,
  Linear,
  ResumeError,
  Sequential,
  SoftmaxCenterLoss,
  type TrainingState,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** A network of three layers without class names or an embedding. */
async function ownNetwork(outputs = 2) {
  const device = await testDevice();
  const layers = [
    new ConvNormActivation(3, 8, 3, { stride: 2, activation: 'relu', momentum: 0.5 }),
    new DepthwiseNormActivation(8, 3, { stride: 2, activation: 'relu', momentum: 0.5 }),
    new AvgPool2d(4),
    new Flatten(),
    new Linear(32, outputs),
  ];
  const model = new Sequential(...layers).to(device, { seed: 1 });
  const optimizer = new Adam(model, { learningRate: 0.02 });
  const loss = new CrossEntropyLoss();
  const free = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { model, optimizer, loss, free };
}

const sources = () => ({ train: tinyPictures(16), valid: tinyPictures(8, { seed: 1 }) });

describe('fit of a user-defined network', () => {
  test('learns, keeps the best epoch, resumes bit for bit', async () => {
    const run = async (stopAt: number, resume?: TrainingState) => {
      const { model, optimizer, loss, free } = await ownNetwork();
      const controller = new AbortController();
      const states: TrainingState[] = [];
      const options: FitOptions = {
        ...sources(),
        ...{ optimizer, loss, epochs: 8, batch: 8, side: 32, seed: 1, signal: controller.signal },
        onCheckpoint: (state) => void states.push(state),
        ...(resume && { resume }),
      };
      const { epochs, result } = await drain(fit(model, options), (event) => {
        if (event.kind === 'step' && event.step === stopAt) controller.abort();
      });
      const bits = stateBits(await model.stateDict());
      free();
      return { epochs, result, bits, state: states.at(-1)! };
    };
    const whole = await run(0);
    expect(whole.epochs.at(-1)).toMatchObject({ trainAccuracy: 1, valid: { accuracy: 1 } });
    const half = await run(6);
    expect((await run(0, half.state)).bits).toEqual(whole.bits);
  });

  test('a checkpoint of another network is rejected', async () => {
    const other = await prepareRun({ train: tinyPictures(16), fit: { epochs: 1, batch: 8 } });
    const states: TrainingState[] = [];
    await drain(other.start({ onCheckpoint: (state) => void states.push(state) }));
    other.free();
    const { model, optimizer, loss, free } = await ownNetwork();
    const options = { ...sources(), optimizer, loss, epochs: 1, batch: 8, side: 32 };
    await expect(drain(fit(model, { ...options, resume: states.at(-1)! }))).rejects.toThrow(ResumeError);
    free();
  });

  test('mismatches are rejected before anything runs', async () => {
    const { model, optimizer, loss, free } = await ownNetwork(3);
    const options = { ...sources(), optimizer, loss, epochs: 1, batch: 8, side: 32 };
    const refused = (network: Classifier, changed: Partial<FitOptions> = {}) =>
      expect(drain(fit(network, { ...options, ...changed }))).rejects;
    await refused(model).toThrow(
      /have 2 classes .*, but the model has 3\. Create the model with source.classNames.length outputs/,
    );
    const { model: right, free: freeRight } = await ownNetwork();
    const center = new SoftmaxCenterLoss(2, 32, { lambda: 0.1 });
    await refused(right, { loss: center }).toThrow(/no forwardWithEmbedding. Use over: 'logits'/);
    const headless = new Sequential(...right.modules.slice(0, 3));
    await refused(headless).toThrow(/returns \[8, 2, 2, 8\] for 8 images, expected logits \[8, classes\]/);
    free();
    freeRight();
  });
});
