import { describe, expect, test, vi } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import { PictureStream } from '../../src/data/picture-stream.ts';
import type { CompileProgress } from '../../src/gpu/compile-progress.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { full } from '../../src/tensor/create.ts';
import { NonFiniteError } from '../../src/tensor/non-finite-error.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { ReadPace } from '../../src/train/read-pace.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { openDevice, testDevice } from '../support/device.ts';
import { drain, type FitEvent, isParameter, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** Ten steps per epoch. */
const train = tinyPictures(40);
const isWeight = (name: string) => isParameter(name) && !name.endsWith('counter');
const numbered = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test.each([
  [1, 10],
  [4, 3],
  [10, 1],
  [40, 1],
])(
  'metricsEvery %d: %d reads per epoch, the same events, checkpoints and bits',
  async (metricsEvery, reads) => {
    const device = await testDevice();
    const results = [];
    for (const every of [1, metricsEvery]) {
      const { model, start, free } = await prepareRun({ train });
      const original = device.read.bind(device);
      let count = 0;
      const read = vi.spyOn(device, 'read').mockImplementation((views) => {
        if (views.at(-1)?.storage.label === 'concat') count++; // the metrics of a step
        return original(views);
      });
      const states: TrainingState[] = [];
      const due = [5, 12];
      let asked = 0;
      const { steps, epochs } = await drain(
        start({
          metricsEvery: every,
          ...(every === metricsEvery && { onCheckpoint: (state: TrainingState) => void states.push(state) }),
          ...(every === metricsEvery && reads === 3 && { checkpointDue: () => due.includes(++asked) }),
        }),
      );
      read.mockRestore();
      results.push({
        steps: steps.map(({ imagesPerSecond: _, ...step }) => step),
        count,
        states,
        bits: stateBits(await model.stateDict()),
      });
      expect(epochs.length).toBe(2);
      free();
    }
    const [single, grouped] = results;
    expect(grouped!.steps).toEqual(single!.steps);
    expect(grouped!.steps.map(({ step }) => step)).toEqual(numbered(20));
    expect(grouped!.bits).toEqual(single!.bits);
    expect(single!.count).toBe(20);
    if (reads !== 3) expect(grouped!.count).toBe(2 * reads);
  },
);

describe('the steps that were submitted are never lost', () => {
  test('when the user stops, and the run resumes to the same bits', async () => {
    const whole = await prepareRun({ train });
    await drain(whole.start());
    const controller = new AbortController();
    let state: TrainingState | undefined;
    const onCheckpoint = (kept: TrainingState) => {
      state = kept;
    };
    const first = await prepareRun({ train });
    const { steps, result } = await drain(
      first.start({ metricsEvery: 4, signal: controller.signal, onCheckpoint }),
      (event) => {
        if (event.kind === 'step' && event.step === 2) controller.abort();
      },
    );
    expect(steps.map(({ step }) => step)).toEqual(numbered(8)); // the group of the step and the next one
    expect(result.stopped).toBe('canceled');
    expect(state!.position).toEqual({ epoch: 0, step: 8 });
    const second = await prepareRun({ train });
    const rest = await drain(second.start({ metricsEvery: 3, resume: state! }));
    expect(rest.steps.map(({ step }) => step)).toEqual(numbered(20).slice(8));
    expect(stateBits(await second.model.stateDict())).toEqual(stateBits(await whole.model.stateDict()));
    for (const { free } of [whole, first, second]) free();
  });

  test('when the user stops between two events', async () => {
    const controller = new AbortController();
    const { start, free } = await prepareRun({ train });
    const events = start({ metricsEvery: 4, signal: controller.signal });
    await events.next();
    controller.abort();
    const { steps } = await drain(events);
    expect(steps.length).toBeLessThanOrEqual(7);
    free();
  });

  test('when an image cannot be read', async () => {
    const { pictures, labels, classNames } = train;
    let reads = 0;
    const read = async (index: number) => {
      if (++reads > 6 * 4) throw new Error('the disk is gone');
      return pictures[index]!;
    };
    const stream = new PictureStream({ read, labels, classNames, largest: 32 * 32 * 3 });
    const { start, free } = await prepareRun({ train: stream });
    const seen: number[] = [];
    const run = drain(start({ metricsEvery: 4 }), (event) => {
      if (event.kind === 'step') seen.push(event.step);
    });
    await expect(run).rejects.toThrow('the disk is gone');
    expect(seen).toEqual(numbered(6));
    free();
  });

  test.each([1, 4])(
    'and none after one that is not finite is applied (metricsEvery %d)',
    async (metricsEvery) => {
      const device = await testDevice();
      const factor = full(device, [1], 1);
      let loads = 0;
      const source: BatchSource = {
        classNames: train.classNames,
        length: train.length,
        order: train.order,
        open(...args) {
          const reader = train.open(...args);
          const record = () => {
            const { images, labels } = reader.record();
            return { images: mul(images, factor), labels };
          };
          const load = (indices: readonly number[], step?: number) => {
            loads++;
            factor.write([step === 2 ? Number.NaN : 1]);
            reader.load(indices, step);
          };
          return { record, load, dispose: () => reader.dispose() };
        },
      };
      const { model, optimizer, start, free } = await prepareRun({ train: source, rate: 1e-3 });
      const before = await optimizer.skippedSteps();
      let kept: string[] = [];
      let asked = 0;
      const run = drain(
        start({
          metricsEvery,
          checkpointDue: () => ++asked === 2,
          onCheckpoint: (state) => {
            kept = stateBits(state.model, isWeight);
          },
        }),
      );
      const error: unknown = await run.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NonFiniteError);
      expect((error as NonFiniteError).layer).toBe('the images');
      expect((error as Error).message).toContain('step 3: ');
      expect(kept.length).toBeGreaterThan(0);
      expect(stateBits(await model.stateDict(), isWeight)).toEqual(kept);
      expect((await optimizer.skippedSteps()) - before).toBe(metricsEvery === 1 ? 2 : 8);
      expect(loads).toBeGreaterThan(2);
      // the limit holds only during the run
      expect(optimizer.mostSkipped).toBe(undefined);
      factor.dispose();
      free();
    },
  );
});

test('an error of the validation, which is compiled during the first epoch, ends the run', async () => {
  const valid = tinyPictures(4);
  const broken: BatchSource = {
    classNames: valid.classNames,
    length: valid.length,
    order: valid.order,
    open() {
      throw new Error('no validation today');
    },
  };
  const { device, start, free } = await prepareRun({ train });
  const { liveBytes } = device.memory();
  await expect(drain(start({ valid: broken }))).rejects.toThrow('no validation today');
  expect(device.memory().liveBytes).toBe(liveBytes);
  free();
});

test('the compilation of all recordings is reported as one, before the first step', async () => {
  using device = await openDevice();
  const { start, free } = await prepareRun({ device, loss: { lambda: 0 } });
  const reports: CompileProgress[] = [];
  const seen: FitEvent['kind'][] = [];
  await drain(
    start({
      epochs: 1,
      accumulate: 2,
      loss: new CrossEntropyLoss(),
      valid: tinyPictures(4),
      onProgress: (progress) => {
        expect(seen).toEqual([]);
        reports.push(progress);
      },
    }),
    ({ kind }) => void seen.push(kind),
  );
  const last = reports.at(-1)!;
  expect(last.total).toBeGreaterThan(10);
  expect(last).toEqual({ kind: 'compile', done: last.total, total: last.total });
  expect(reports[0]).toMatchObject({ kind: 'compile', done: 0 });
  expect(reports.map(({ done }) => done)).toEqual(reports.map(({ done }) => done).toSorted((a, b) => a - b));
  free();
});

describe('the pace of the reads', () => {
  /** Sizes of the groups of an epoch whose steps take some milliseconds each. */
  function sizes(stepsPerEpoch: number, milliseconds: (step: number) => number, given?: number): number[] {
    let time = 0;
    const pace = new ReadPace(stepsPerEpoch, given, () => time);
    return Array.from({ length: 6 }, (_, i) => {
      const { steps } = pace;
      time += steps * milliseconds(i);
      pace.arrived(steps);
      return steps;
    });
  }

  test('follows the duration of a step', () => {
    expect(sizes(1000, () => 700)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(sizes(1000, () => 30)).toEqual([1, 2, 3, 3, 3, 3]);
    expect(sizes(1000, () => 1)).toEqual([1, 2, 4, 8, 16, 16]);
    expect(sizes(1000, () => 0)).toEqual([1, 2, 4, 8, 16, 16]);
    expect(sizes(1000, (i) => (i === 3 ? 500 : 5))).toEqual([1, 2, 4, 8, 1, 2]);
  });

  test('reads at least 16 times per epoch', () => {
    expect(sizes(31, () => 1)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(sizes(64, () => 1)).toEqual([1, 2, 4, 4, 4, 4]);
  });

  test('or as often as the option says', () => {
    expect(sizes(10, () => 700, 5)).toEqual([5, 5, 5, 5, 5, 5]);
  });
});
