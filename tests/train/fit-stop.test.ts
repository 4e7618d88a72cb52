import { describe, expect, test } from 'vitest';
import { PictureSource } from '../../src/data/picture-source.ts';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { fit } from '../../src/train/fit.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { openDevice } from '../support/device.ts';
import { drain, type FitEvent, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Four steps per epoch. */
const train = tinyPictures(16);

/** A signal, and a callback that aborts it at a step. */
function stopAt(step: number) {
  const controller = new AbortController();
  const see = (event: FitEvent) => {
    if (event.kind === 'step' && event.step === step) controller.abort();
  };
  return { signal: controller.signal, see };
}

describe('canceling', () => {
  test('in the first epoch: the current step ends, and its weights are kept', async () => {
    const { model, start, free } = await prepareRun({ train });
    const before = stateBits(await model.stateDict());
    const { signal, see } = stopAt(2);
    const { steps, epochs, result } = await drain(start({ signal, valid: tinyPictures(4) }), see);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(epochs).toEqual([]);
    expect(result).toMatchObject({ epochs: 0, bestEpoch: 0, stopped: 'canceled' });
    const after = stateBits(await model.stateDict());
    expect(stateBits(result.best)).toEqual(after);
    expect(after).not.toEqual(before);
    expect(model.training).toBe(false);
    free();
  });

  test('later: the best validated epoch is restored', async () => {
    const { model, start, free } = await prepareRun({ train });
    const { signal, see } = stopAt(6);
    let first: string[] = [];
    const { steps, result } = await drain(start({ signal, valid: tinyPictures(4) }), async (event) => {
      see(event);
      if (event.kind === 'epoch') first = stateBits(await model.stateDict());
    });
    expect(steps.length).toBe(7);
    expect(result).toMatchObject({ epochs: 1, bestEpoch: 1, stopped: 'canceled' });
    expect(stateBits(result.best)).toEqual(first);
    expect(stateBits(await model.stateDict())).toEqual(first);
    free();
  });

  test('without validation the last weights are kept', async () => {
    const { model, start, free } = await prepareRun({ train });
    const { signal, see } = stopAt(6);
    let first: string[] = [];
    const { result } = await drain(start({ signal }), async (event) => {
      see(event);
      if (event.kind === 'epoch') first = stateBits(await model.stateDict());
    });
    const after = stateBits(await model.stateDict());
    expect(result).toMatchObject({ epochs: 1, stopped: 'canceled' });
    expect(after).not.toEqual(first);
    expect(stateBits(result.best)).toEqual(after);
    free();
  });

  test('before the start: nothing changes', async () => {
    const { model, start, free } = await prepareRun({ train });
    const before = stateBits(await model.stateDict());
    const { steps, result } = await drain(start({ signal: AbortSignal.abort() }));
    expect(steps).toEqual([]);
    expect(result).toMatchObject({ epochs: 0, stopped: 'canceled' });
    expect(stateBits(await model.stateDict())).toEqual(before);
    free();
  });

  test('after the last step has no effect', async () => {
    const { start, free } = await prepareRun({ train });
    const controller = new AbortController();
    const { result } = await drain(start({ epochs: 1, signal: controller.signal }), (event) => {
      if (event.kind === 'epoch') controller.abort();
    });
    expect(result).toMatchObject({ epochs: 1, stopped: null });
    free();
  });
});

test('early stop: two epochs without improvement end the run', async () => {
  // the same image with both labels: half of the predictions are always correct
  const [picture] = train.pictures;
  const valid = new PictureSource({
    pictures: [picture!, picture!],
    labels: Uint32Array.of(0, 1),
    classNames: ['left', 'right'],
  });
  const { start, free } = await prepareRun();
  const states: TrainingState[] = [];
  const onCheckpoint = (state: TrainingState) => void states.push(state);
  const { epochs, result } = await drain(start({ valid, epochs: 9, earlyStop: 2, onCheckpoint }));
  expect(epochs.map((epoch) => epoch.valid!.accuracy)).toEqual([0.5, 0.5, 0.5]);
  // among equal accuracies the lowest loss is the best, which does not delay the stop
  const losses = epochs.map((epoch) => epoch.valid!.loss);
  const bestEpoch = losses.indexOf(Math.min(...losses)) + 1;
  expect(epochs.map(({ isBest }) => isBest)).toEqual(
    losses.map((loss, i) => losses.slice(0, i).every((before) => loss < before)),
  );
  expect(result).toMatchObject({ epochs: 3, bestEpoch, stopped: 'early stop' });

  // resumed from any of its states it also ends there, immediately from the last one
  for (const [i, resume] of states.entries()) {
    const again = await prepareRun();
    const rest = await drain(again.start({ valid, epochs: 9, earlyStop: 2, resume }));
    expect(rest.epochs.map(({ epoch }) => epoch)).toEqual([2, 3].slice(i));
    expect(rest.result).toMatchObject({ epochs: 3, bestEpoch, stopped: 'early stop' });
    expect(stateBits(rest.result.best)).toEqual(stateBits(result.best));
    expect(stateBits(await again.model.stateDict())).toEqual(stateBits(result.best));
    again.free();
  }
  free();
});

test('leaving the loop frees the recording and its memory', async () => {
  const { device, model, start, free } = await prepareRun({ train });
  const before = device.memory();
  for await (const event of start({ valid: tinyPictures(4) })) if (event.kind === 'step') break;
  expect(model.training).toBe(false);
  const { byOwner, liveStorages } = device.memory();
  expect(byOwner).toEqual(before.byOwner);
  expect(liveStorages).toBe(before.liveStorages);
  free();
});

test('a lost device is the error that the caller gets', async () => {
  const device = await openDevice();
  const model = new Sequential(new Flatten(), new Linear(32 * 32 * 3, 2)).to(device);
  const [optimizer, loss] = [new SGD(model), new CrossEntropyLoss()];
  const options = { train, optimizer, loss, epochs: 2, batch: 4, side: 32 };
  const events = fit(model, { ...options, valid: tinyPictures(4) });
  await events.next();
  device.destroy();
  await expect(drain(events)).rejects.toThrow(/device was lost/);
});
