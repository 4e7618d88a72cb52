import { describe, expect, test } from 'vitest';
import type { BatchSource } from '../../src/data/batch-source.ts';
import type { Schedule } from '../../src/optim/schedules.ts';
import { NonFiniteError } from '../../src/tensor/non-finite-error.ts';
import { mul } from '../../src/tensor/ops/binary.ts';
import { drain, isParameter, prepareRun, stateBits } from '../support/fit-run.ts';
import type { SmallNetwork } from '../support/small-network.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

async function failureOf(run: Promise<unknown>): Promise<NonFiniteError> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  if (!(error instanceof NonFiniteError)) throw new Error(`expected a NonFiniteError, got ${error}`);
  return error;
}

async function poison(model: SmallNetwork, name: string, value = Number.NaN): Promise<void> {
  const found = [...model.namedParameters()].find(([path]) => path === name);
  if (!found) throw new Error(`no parameter ${name}`);
  const [, parameter] = found;
  const values = await parameter.value.data();
  values[values.length - 1] = value;
  parameter.value.write(values);
}

/** Values of the state, by name, that are NaN or infinite. */
async function nonFinite(model: SmallNetwork): Promise<string[]> {
  return [...(await model.stateDict())]
    .filter(([, { data }]) => data.some((value) => !Number.isFinite(value)))
    .map(([name]) => name);
}

describe('a number that is not finite', () => {
  test.each([
    ['features.1.block.0.0.weight', 'features.1.block.0.0 (Conv2d)', Number.NaN],
    ['features.2.block.2.fc1.bias', 'features.2.block.2.fc1 (Conv2d)', Number.POSITIVE_INFINITY],
    ['features.1.block.2.bn1.weight', 'features.1.block.2.bn1 (BatchNorm2d)', Number.NaN],
  ])('in %s is named, and the step is not applied', async (name, layer, value) => {
    const { model, start, free } = await prepareRun();
    await poison(model, name, value);
    const before = stateBits(await model.stateDict(), isParameter);
    const error = await failureOf(drain(start()));
    expect(error.layer).toBe(layer);
    expect(error.message).toContain(`step 1: a loss or gradient was not finite`);
    expect(error.message).toContain(`the first was output of ${layer}. The step was not applied.`);
    expect(stateBits(await model.stateDict(), isParameter)).toEqual(before);
    expect(await nonFinite(model)).toEqual([name]); // not batch norm's running statistics
    expect(model.training).toBe(false);
    free();
  });

  test('in the images is distinguished from one in the network', async () => {
    const source = tinyPictures(8);
    const train: BatchSource = {
      classNames: source.classNames,
      length: source.length,
      order: source.order,
      open(device, options) {
        const reader = source.open(device, options);
        const record = () => {
          const { images, labels } = reader.record();
          return { images: mul(images, Number.NaN), labels };
        };
        return { record, load: (indices) => reader.load(indices), dispose: () => reader.dispose() };
      },
    };
    const { start, free } = await prepareRun({ train });
    const error = await failureOf(drain(start()));
    expect(error.layer).toBe('the images');
    free();
  });

  test('after a huge learning rate: the weights of the last finite step are kept', async () => {
    const { model, start, free } = await prepareRun({ rate: 1e30 });
    let after: string[] = [];
    let steps = 0;
    const run = drain(start({ epochs: 20 }), async () => {
      steps++;
      after = stateBits(await model.stateDict(), isParameter);
    });
    const error = await failureOf(run);
    expect(steps).toBeGreaterThan(0);
    expect(error.message).toContain(`step ${steps + 1}: `);
    expect(error.message).toContain('Try a lower learning rate');
    expect(error.layer).toMatch(/^(features|classifier|the loss)/);
    expect(stateBits(await model.stateDict(), isParameter)).toEqual(after);
    expect(await nonFinite(model)).toEqual([]);
    free();
  });

  test('after a validated epoch: the best epoch is restored', async () => {
    const schedule: Schedule = { rate: ({ epoch }) => (epoch === 0 ? 1e-3 : 1e30) };
    const { model, start, free } = await prepareRun({ fit: { schedule } });
    let best: string[] = [];
    const run = drain(start({ epochs: 20, valid: tinyPictures(4) }), async (event) => {
      if (event.kind === 'epoch' && event.epoch === 1) best = stateBits(await model.stateDict());
    });
    await failureOf(run);
    expect(best.length).toBeGreaterThan(0);
    expect(stateBits(await model.stateDict())).toEqual(best);
    free();
  });

  test('nothing leaks, and training continues after the weights are repaired', async () => {
    const { device, model, start, free } = await prepareRun();
    const good = await model.stateDict();
    await poison(model, 'features.1.block.0.0.weight');
    await failureOf(drain(start()));
    const before = device.memory();
    await failureOf(drain(start()));
    expect(device.memory().liveBytes).toBe(before.liveBytes);
    model.loadStateDict(good);
    const { result } = await drain(start());
    expect(result.stopped).toBe(null);
    free();
  });
});
