import { describe, expect, test } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { CosineAnnealingLR, type Schedule } from '../../src/optim/schedules.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** A source that records the images of each batch. */
function watched(source: BatchSource): BatchSource & { loads: number[][] } {
  const loads: number[][] = [];
  const { classNames, length, order } = source;
  return {
    classNames,
    length,
    order,
    loads,
    open(device, options) {
      const reader = source.open(device, options);
      return {
        record: () => reader.record(),
        dispose: () => reader.dispose(),
        load(indices) {
          loads.push([...indices]);
          reader.load(indices);
        },
      };
    },
  };
}

describe('fit', () => {
  test('learns a tiny set, and reports every step and epoch', async () => {
    const { model, start, free } = await prepareRun({
      train: tinyPictures(16),
      fit: { epochs: 12, batch: 8 },
    });
    const { steps, epochs, result } = await drain(start());
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual(
      Array.from({ length: 24 }, (_, i) => [i + 1, Math.floor(i / 2) + 1]),
    );
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    const first = epochs[0]!;
    const last = epochs.at(-1)!;
    expect(first.trainLoss).toBeGreaterThan(0.4);
    expect(last.trainLoss).toBeLessThan(0.3 * first.trainLoss);
    expect(last.trainAccuracy).toBe(1);
    // the metrics of an epoch are the means over its steps
    const own = steps.slice(-2);
    expect(last.trainLoss).toBeCloseTo((own[0]!.loss + own[1]!.loss) / 2, 12);
    expect(first.trainAccuracy).toBe((steps[0]!.correct + steps[1]!.correct) / 16);
    for (const step of steps) {
      expect(step).toMatchObject({ counted: 8, isFinite: true, stepsPerEpoch: 2, learningRate: 1e-2 });
      expect(step.parts).toEqual({ crossEntropy: step.loss });
      expect(step.gradientNorm).toBeGreaterThan(0);
      expect(step.imagesPerSecond).toBeGreaterThan(0);
    }
    expect(result).toMatchObject({ epochs: 12, bestEpoch: 12, stopped: null });
    expect(stateBits(result.best)).toEqual(stateBits(await model.stateDict()));
    expect(model.training).toBe(false);
    free();
  });

  test('equal seeds give equal bits, other seeds others', async () => {
    const run = async (seed: number) => {
      const { model, start, free } = await prepareRun({ seed });
      const { steps } = await drain(start());
      const bits = stateBits(await model.stateDict());
      free();
      return { losses: steps.map(({ loss }) => loss), bits };
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).losses).not.toEqual(first.losses);
  });

  test('counts correct predictions by the labels when it learns from distributions', async () => {
    const { pictures, labels, classNames } = tinyPictures(16);
    const distributions = Float32Array.from({ length: 32 }, (_, i) => (labels[i >> 1] === i % 2 ? 0.9 : 0.1));
    const train = new PictureSource({ pictures, labels, classNames, distributions });
    const options = { epochs: 12, batch: 8, targets: 'distribution' } as const;
    const { start, free } = await prepareRun({ train, fit: options });
    const { epochs } = await drain(start());
    expect(epochs.at(-1)!.trainAccuracy).toBe(1);
    // no better than the entropy of the distribution
    const entropy = -0.9 * Math.log(0.9) - 0.1 * Math.log(0.1);
    expect(epochs.at(-1)!.trainLoss).toBeGreaterThan(entropy);
    free();
  });

  test('resumes from a state in the middle of an epoch, bit for bit', async () => {
    const run = async (stopAt: number, resume?: TrainingState) => {
      const { model, start, free } = await prepareRun({ train: tinyPictures(12) });
      const controller = new AbortController();
      const states: TrainingState[] = [];
      const { steps } = await drain(
        start({
          signal: controller.signal,
          onCheckpoint: (state) => void states.push(state),
          ...(resume && { resume }),
        }),
        (event) => {
          if (event.kind === 'step' && event.step === stopAt) controller.abort();
        },
      );
      const bits = stateBits(await model.stateDict());
      free();
      return { losses: steps.map(({ loss }) => loss), bits, state: states.at(-1)! };
    };
    const whole = await run(0);
    const first = await run(1); // the second of three steps of an epoch is in progress
    expect(first.state.position).toEqual({ epoch: 0, step: 2 });
    const second = await run(0, first.state);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.bits).toEqual(whole.bits);
  });

  test('every epoch uses each image at most once, in a separate order that depends on the seed', async () => {
    const orders = async (seed: number) => {
      const train = watched(tinyPictures(11)); // three are not in the two batches of each epoch
      const { start, free } = await prepareRun({ train, fit: { seed } });
      await drain(start());
      free();
      return train.loads;
    };
    const loads = await orders(1);
    expect(loads.map(({ length }) => length)).toEqual([4, 4, 4, 4]);
    const perEpoch = [loads.slice(0, 2).flat(), loads.slice(2).flat()];
    for (const pictures of perEpoch) {
      expect(new Set(pictures).size).toBe(8);
      expect(pictures.every((index) => index >= 0 && index < 11)).toBe(true);
    }
    expect(perEpoch[0]).not.toEqual(perEpoch[1]);
    expect(await orders(2)).not.toEqual(loads);
  });

  test('an endless source continues after the previous epoch', async () => {
    const train = watched(new DrawnFaceSource({ seed: 1, length: 8, classes: 2 }));
    const { start, free } = await prepareRun({ train });
    await drain(start());
    expect(train.loads.map(([first]) => first)).toEqual([0, 4, 8, 12]);
    free();
  });

  test('keeps the epoch with the best validation, and restores its weights', async () => {
    const train = tinyPictures(16);
    const valid = tinyPictures(16);
    // a rate that ruins the weights in the last epochs
    const schedule: Schedule = { rate: ({ epoch }) => (epoch < 12 ? 2e-3 : 0.3) };
    const { model, start, free } = await prepareRun({
      train,
      fit: { epochs: 14, batch: 8, valid, schedule },
    });
    let kept: StateDict | null = null;
    const { epochs, result } = await drain(start(), async (event) => {
      if (event.kind === 'epoch' && event.isBest) kept = await model.stateDict();
    });
    const accuracies = epochs.map((epoch) => epoch.valid!.accuracy);
    const best = Math.max(...accuracies);
    expect(best).toBeGreaterThanOrEqual(0.75);
    expect(accuracies.at(-1)).toBeLessThan(best);
    let top = { accuracy: -1, loss: 0 };
    for (const { valid, isBest } of epochs) {
      const { accuracy, loss } = valid!;
      expect(isBest).toBe(accuracy > top.accuracy || (accuracy === top.accuracy && loss < top.loss));
      if (isBest) top = { accuracy, loss };
    }
    expect(top.accuracy).toBe(best);
    expect(result.bestEpoch).toBe(epochs.findLastIndex(({ isBest }) => isBest) + 1);
    expect(stateBits(result.best)).toEqual(stateBits(kept!));
    expect(stateBits(await model.stateDict())).toEqual(stateBits(kept!));
    const again = await evaluate(model, valid, { batch: 8, side: 32 });
    expect(again).toEqual(epochs[result.bestEpoch - 1]!.valid);
    free();
  });

  test('the schedule is called before each step and receives each epoch’s validation loss', async () => {
    const cosine = new CosineAnnealingLR(1e-3, { warmupSteps: 2 });
    const seen: number[] = [];
    const schedule: Schedule = {
      rate: (progress) => cosine.rate(progress),
      observe: (loss) => seen.push(loss),
    };
    const { start, free } = await prepareRun({ fit: { schedule, epochs: 3 } });
    const { steps, epochs } = await drain(start({ valid: tinyPictures(4, { seed: 2 }) }));
    const wanted = [0, 1, 2, 3, 4, 5].map((step) =>
      cosine.rate({ step, epoch: Math.floor(step / 2), totalSteps: 6, totalEpochs: 3 }),
    );
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(wanted);
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([wanted[1], wanted[3], wanted[5]]);
    expect(seen).toEqual(epochs.map(({ valid }) => valid!.loss));
    seen.length = 0;
    const without = await drain(start());
    expect(seen).toEqual(without.epochs.map(({ trainLoss }) => trainLoss));
    free();
  });

  test.each([
    ['learned', 'embedding', 0.05],
    ['released', 'logits', 0.4],
  ] as const)('the joint loss reports its parts: %s centers over the %s', async (kind, over, lambda) => {
    const { start, free } = await prepareRun({ loss: { lambda, kind, over }, fit: { epochs: 1 } });
    const { steps, epochs } = await drain(start());
    for (const { loss, parts } of steps) {
      const { crossEntropy = 0, center = 0 } = parts;
      expect(center).toBeGreaterThan(0);
      expect(Math.abs(loss - (crossEntropy + center))).toBeLessThan(1e-5 * loss);
    }
    expect(epochs[0]!.parts.center).toBeCloseTo((steps[0]!.parts.center! + steps[1]!.parts.center!) / 2, 12);
    free();
  });
});

describe('fit rejects', () => {
  const data = { pictures: tinyPictures(4).pictures, labels: new Uint32Array(4) };
  const three = new PictureSource({ ...data, classNames: ['a', 'b', 'c'] });
  test.each([
    ['a batch of one', { batch: 1 }, 'fit: batch: got 1, expected an integer >= 2'],
    ['half a batch', { batch: 2.5 }, 'fit: batch: got 2.5, expected an integer >= 2'],
    ['no epoch', { epochs: 0 }, 'fit: epochs: got 0, expected an integer >= 1'],
    ['a batch larger than the data', { batch: 9 }, /8 training images do not fill one batch of 9/],
    ['another number of classes', { train: three, batch: 2 }, /training images have 3 classes \(a, b, c\)/],
    [
      'another number of classes in validation',
      { valid: three },
      /validation images have 3 classes.*the model has 2/,
    ],
    [
      'early stop without validation',
      { earlyStop: 2 },
      /earlyStop needs validation, but there is no valid source \(got 2\)/,
    ],
    [
      'early stop after 0 epochs',
      { earlyStop: 0, valid: tinyPictures(4) },
      'fit: earlyStop: got 0, expected an integer >= 1',
    ],
    ['a side that is too small', { side: 31 }, /got 31 x 31 pixels, expected at least 32 x 32/],
  ] as const)('%s', async (_, changed, message) => {
    const { start, free } = await prepareRun();
    await expect(drain(start(changed))).rejects.toThrow(message);
    free();
  });
});
