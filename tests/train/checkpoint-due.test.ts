import { expect, test } from 'vitest';
import type { TrainingState } from '../../src/train/training-state.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Four steps per epoch. */
const train = tinyPictures(16);

/** A run to its end with a checkpoint after the given steps, and its result. */
async function runWith(due: number[], resume?: TrainingState) {
  const { model, start, free } = await prepareRun({ train, loss: { lambda: 0.1 } });
  const states: TrainingState[] = [];
  let step = resume ? 4 * resume.position.epoch + resume.position.step : 0;
  const { steps, epochs } = await drain(
    start({
      ...(resume && { resume }),
      // called while the step after the last event is in progress
      checkpointDue: () => due.includes(step + 1),
      onCheckpoint: (state) => {
        if (state.position.step > 0) states.push(state);
      },
    }),
    (event) => {
      if (event.kind === 'step') step = event.step;
    },
  );
  const bits = stateBits(await model.stateDict());
  free();
  return { steps, epochs, states, bits };
}

test('a checkpoint within an epoch changes nothing, and the run resumes from it bit for bit', async () => {
  const plain = await runWith([]);
  const checked = await runWith([2, 7]);
  expect(checked.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(checked.states.map(({ position }) => position)).toEqual([
    { epoch: 0, step: 2 },
    { epoch: 1, step: 3 },
  ]);
  expect(checked.bits).toEqual(plain.bits);

  const resumed = await runWith([], checked.states[0]);
  expect(resumed.steps.map(({ step }) => step)).toEqual([3, 4, 5, 6, 7, 8]);
  expect(resumed.epochs[0]?.trainLoss).toBe(plain.epochs[0]?.trainLoss);
  expect(resumed.bits).toEqual(plain.bits);
});
