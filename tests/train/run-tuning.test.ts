import { afterEach, expect, test } from 'vitest';
import type { TuningTable } from '../../src/gpu/choices.ts';
import type { Timer } from '../../src/tensor/tuner/timers.ts';
import { exportTuning, importTuning, tune } from '../../src/tensor/tuner/tune.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint-file.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { tuneTraining } from '../../src/train/tune-training.ts';
import { testDevice } from '../support/device.ts';
import { drain, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** A clock on which the second variant of each operation is the fastest one. */
function secondIsFastest() {
  const times = new WeakMap<object, number>();
  let now = 0;
  const timer: Timer = {
    leastMs: 0,
    time: async (runs) => {
      now++;
      return runs.map(({ commands, repeats }, i) => {
        const ms = times.get(commands) ?? [2, 1][i] ?? 1.5;
        times.set(commands, ms);
        return ms * repeats;
      });
    },
  };
  return { timer, now: () => now };
}

async function tuned(): Promise<TuningTable> {
  const { model, optimizer, joint, free } = await prepareRun();
  const options = { train: tinyPictures(8), loss: joint, optimizer, epochs: 2, batch: 4, side: 32 };
  const before = stateBits(await model.stateDict());
  model.eval();
  const { table } = await tuneTraining(
    model,
    { ...options, valid: tinyPictures(4) },
    { cache: false, budgetMs: 1e6 },
    secondIsFastest(),
  );
  expect(model.training).toBe(false);
  expect(stateBits(await model.stateDict())).toEqual(before);
  free();
  return table;
}

/** Trains for two epochs, or resumes a run through a file; `half` is the state after the first epoch. */
async function run(resume?: TrainingState) {
  const { model, start, free } = await prepareRun();
  const states: TrainingState[] = [];
  const { warnings } = await drain(
    start({
      onCheckpoint: (state) => void states.push(state),
      ...(resume && { resume: decodeCheckpoint(encodeCheckpoint(resume)).state }),
    }),
  );
  const bits = stateBits(await model.stateDict());
  free();
  return { bits, half: states[0] as TrainingState, warnings: warnings.map(({ message }) => message) };
}

afterEach(async () => importTuning(await testDevice(), null));

test('a resumed run uses the table of its checkpoint, whatever the device has', async () => {
  const device = await testDevice();
  const untuned = await run();
  expect(untuned.half.tuning).toBeNull();
  const table = await tuned();
  expect(new Set(Object.values(table.choices)).size).toBeGreaterThan(2);
  const whole = await run();
  expect(whole.bits).not.toEqual(untuned.bits);
  expect(whole.half.tuning).toEqual(table);
  expect(await run(whole.half)).toMatchObject({ bits: whole.bits, warnings: [] });

  // a run without a table on a device with one
  const plain = await run(untuned.half);
  expect(plain.bits).toEqual(untuned.bits);
  expect(plain.warnings[0]).toContain('started without a tuning table');
  expect(exportTuning(device)).toEqual(table);

  const other = { ...table, choices: {} };
  importTuning(device, other);
  const onOther = await run(whole.half);
  expect(onOther.bits).toEqual(whole.bits);
  expect(onOther.warnings[0]).toContain('replaces that of this device');
  expect(exportTuning(device)).toEqual(other);

  // of another adapter
  importTuning(device, null);
  expect((await run(whole.half)).bits).toEqual(whole.bits);
  expect(exportTuning(device)).toBeNull();
  const elsewhere = { ...table, adapter: { ...table.adapter, vendor: 'acme' } };
  const foreign = await run({ ...whole.half, tuning: elsewhere });
  expect(foreign.warnings[0]).toMatch(/cannot be used here.*another adapter \(got vendor "acme"/);
});

test('a run holds the table until it ends or its iteration does', async () => {
  const device = await testDevice();
  const { start, free } = await prepareRun();
  for await (const event of start()) {
    expect(event.kind).toBe('step');
    expect(() => importTuning(device, null)).toThrow('a training run uses the tuning table');
    break;
  }
  importTuning(device, null);
  free();
});

test('a run that ends leaves its table to another run on the same device', async () => {
  const device = await testDevice();
  importTuning(device, await tuned());
  const { half } = await run();
  importTuning(device, null);
  const first = await prepareRun();
  const second = await prepareRun();
  const resumed = first.start({ resume: half });
  await resumed.next();
  const fresh = second.start();
  await fresh.next();
  await drain(resumed);
  expect(exportTuning(device)).toEqual(half.tuning);
  // a run without a table cannot take it away either
  const third = await prepareRun();
  const { warnings } = await drain(third.start({ resume: { ...half, tuning: null } }));
  expect(warnings[0]?.message).toMatch(/this device uses one.*a training run uses the tuning table/);
  expect(exportTuning(device)).toEqual(half.tuning);
  await drain(fresh);
  expect(exportTuning(device)).toBeNull();
  for (const { free } of [first, second, third]) free();
});

test('tuneTraining checks the options of the run', async () => {
  const { model, optimizer, joint, free } = await prepareRun();
  const options = { train: tinyPictures(8), loss: joint, optimizer, epochs: 2, batch: 4, side: 32 };
  for (const [wrong, message] of [
    [{ batch: 100 }, 'batch'],
    [{ accumulate: 3 }, 'accumulate'],
    [{ metricEvery: 3 }, 'unknown option "metricEvery"'],
    [{ train: null }, 'fit: train: got null'],
  ] as const) {
    await expect(tuneTraining(model, { ...options, ...wrong } as never)).rejects.toThrow(message);
  }
  await expect(tune(null as never, () => {})).rejects.toThrow('tune: device: got null');
  free();
});
