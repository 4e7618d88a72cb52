// Losses for fit: those of the library, user-defined classes, plain functions; warnings and divergence.
import { describe, expect, test } from 'vitest';
import { Flatten } from '../../src/layers/flatten.ts';
import { Linear } from '../../src/layers/linear.ts';
import { AvgPool2d } from '../../src/layers/pooling.ts';
import { Sequential } from '../../src/layers/sequential.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import type { Loss, LossFunction } from '../../src/loss/loss.ts';
import type { Schedule } from '../../src/optim/schedules.ts';
import { SGD } from '../../src/optim/sgd.ts';
import { tensor } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { crossEntropy } from '../../src/tensor/ops/cross-entropy.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint-file.ts';
import { DivergedError } from '../../src/train/diverged-error.ts';
import { type FitOptions, fit } from '../../src/train/fit.ts';
import type { TrainingState } from '../../src/train/training-state.ts';
import { testDevice } from '../support/device.ts';
import { drain, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const train = tinyPictures(16);

async function setUp(loss: Loss | LossFunction, changed: Partial<FitOptions> & { rate?: number } = {}) {
  const { rate = 0.1, ...rest } = changed;
  const device = await testDevice();
  const layers = [new AvgPool2d(8), new Flatten(), new Linear(48, 2)];
  const model = new Sequential(...layers).to(device, { seed: 3 });
  const optimizer = new SGD(model, { learningRate: rate });
  const options: FitOptions = { train, loss, optimizer, epochs: 2, batch: 8, side: 32, seed: 1, ...rest };
  const free = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { device, model, options, free };
}

describe('user-defined losses', () => {
  test.each<[string, Loss | LossFunction]>([
    ['CrossEntropyLoss', new CrossEntropyLoss()],
    ['a function', (logits, targets) => crossEntropy(logits, targets)],
    ['an object', { call: (logits: Tensor, targets: Tensor) => crossEntropy(logits, targets) }],
  ])('%s: equal steps, and no parts', async (_, loss) => {
    const run = async (one: Loss | LossFunction) => {
      const { model, options, free } = await setUp(one);
      const { steps, epochs } = await drain(fit(model, options));
      const bits = stateBits(await model.stateDict());
      free();
      return { losses: steps.map((step) => step.loss), parts: epochs.map(({ parts }) => parts), bits };
    };
    const got = await run(loss);
    expect(got).toEqual(await run(new CrossEntropyLoss()));
    expect(got.parts).toEqual([{}, {}]);
    expect(got.losses[3]).toBeLessThan(got.losses[0]!);
  });

  test('a class: named parts, an update per step, a state that checkpoints carry', async () => {
    class Pull implements Loss {
      readonly weight: number;
      updates: number[][] = [];
      counter = 0;
      constructor(weight: number) {
        this.weight = weight;
      }
      call(logits: Parameters<LossFunction>[0], targets: Parameters<LossFunction>[1]) {
        const entropy = crossEntropy(logits, targets);
        const size = mul(mean(mul(logits, logits)), this.weight);
        return { total: add(entropy, size), parts: { entropy, size } };
      }
      update(
        logits: Parameters<LossFunction>[0],
        { labels, embedding }: { labels: { shape: readonly number[] }; embedding: object },
      ) {
        this.updates.push([...logits.shape, ...labels.shape]);
        expect(embedding).toBe(logits);
      }
      settings() {
        return { type: 'Pull', version: 1, weight: this.weight };
      }
      async stateDict(): Promise<StateDict> {
        return new Map([['counter', { shape: [1], data: Float32Array.of(this.counter) }]]);
      }
      loadStateDict(state: StateDict) {
        this.counter = state.get('counter')!.data[0]!;
      }
    }
    const states: TrainingState[] = [];
    const loss = new Pull(0.5);
    loss.counter = 7;
    const { model, options, free } = await setUp(loss, { onCheckpoint: (state) => void states.push(state) });
    const { steps, epochs } = await drain(fit(model, options));
    expect(loss.updates).toEqual([[8, 2, 8]]); // recorded once, replayed each step
    for (const { loss: total, parts } of steps) {
      expect(Object.keys(parts)).toEqual(['entropy', 'size']);
      expect(total).toBeCloseTo(parts.entropy! + parts.size!, 5);
    }
    expect(epochs[0]!.parts.size).toBeCloseTo((steps[0]!.parts.size! + steps[1]!.parts.size!) / 2, 12);
    const { state } = decodeCheckpoint(encodeCheckpoint(states[0]!));
    expect(state).toEqual(states[0]);
    const again = new Pull(0.5);
    const second = await setUp(again, { resume: state });
    const rest = await drain(fit(second.model, second.options));
    expect(again.counter).toBe(7);
    expect(rest.steps.map((step) => step.loss)).toEqual(steps.slice(2).map((step) => step.loss));
    const other = await setUp(new Pull(0.25), { resume: state });
    await expect(drain(fit(other.model, other.options))).rejects.toThrow(
      'loss.weight: 0.25 here, 0.5 in the checkpoint',
    );
    for (const one of [{ free }, second, other]) one.free();
  });

  test.each<[string, LossFunction, RegExp]>([
    [
      'one loss per image',
      (logits, targets) => crossEntropy(logits, targets, { reduction: 'none' }),
      /the loss is f32 \[8\], expected a scalar/,
    ],
    ['a number', () => 3 as never, /the loss is 3, expected a scalar/],
    ['nothing', () => undefined as never, /expected a scalar/],
    [
      'a part that is a number',
      (logits) => ({ total: sum(logits), parts: { size: 2 as never } }),
      /size is 2, expected a scalar/,
    ],
  ])('%s is rejected', async (_, loss, message) => {
    const { model, options, free } = await setUp(loss);
    await expect(drain(fit(model, options))).rejects.toThrow(message);
    free();
  });

  test("reduction 'none' is rejected before anything runs", async () => {
    const { model, options, free } = await setUp(new CrossEntropyLoss({ reduction: 'none' }));
    await expect(drain(fit(model, options))).rejects.toThrow("reduction 'none' returns one loss per image");
    free();
  });
});

describe('warnings', () => {
  const weighted =
    (factor: number): LossFunction =>
    (logits, targets) => {
      const entropy = crossEntropy(logits, targets);
      const size = mul(entropy, factor);
      return { total: add(entropy, size), parts: { entropy, size } };
    };
  test.each([
    [150, 'size is 150 times entropy'],
    [1 / 200, 'entropy is 200 times size'],
  ])('a part that is %d times the other causes one warning', async (factor, text) => {
    const { model, options, free } = await setUp(weighted(factor), { rate: 1e-4, epochs: 3 });
    const { warnings } = await drain(fit(model, options));
    expect(warnings.map(({ epoch, step }) => [epoch, step])).toEqual([[1, 2]]);
    expect(warnings[0]!.message).toContain(text);
    free();
  });

  test.each([1, 50, 0.02, 0])('a factor of %d causes no warning', async (factor) => {
    const { model, options, free } = await setUp(weighted(factor), { rate: 1e-4 });
    expect((await drain(fit(model, options))).warnings).toEqual([]);
    free();
  });
});

describe('divergence', () => {
  /** A loss that diverges at a huge rate, although everything stays finite. */
  const square: LossFunction = (logits) => mean(mul(logits, logits));

  test('is named with the first loss and the advice', async () => {
    const { model, options, free } = await setUp(square, { rate: 5, epochs: 100 });
    const losses: number[] = [];
    const run = drain(fit(model, options), (event) => {
      if (event.kind === 'step') losses.push(event.loss);
    });
    const error: unknown = await run.catch((thrown: unknown) => thrown);
    if (!(error instanceof DivergedError)) throw new Error(`expected a DivergedError, got ${error}`);
    expect(error.firstLoss).toBe(losses[0]);
    expect(error.loss).toBeGreaterThan(1e6 * losses[0]!);
    expect(Math.max(...losses)).toBeLessThan(1e6 * losses[0]!);
    expect(error.step).toBe(losses.length + 1);
    expect(error.message).toMatch(
      /^step \d+: training diverged: the loss is .* times the first .*Lower the learning rate/,
    );
    free();
  });

  test('restores the weights of the best epoch, and uses the first loss also for a resumed run', async () => {
    const schedule: Schedule = { rate: ({ epoch }) => (epoch === 0 ? 1e-3 : 5) };
    const states: TrainingState[] = [];
    const onCheckpoint = (state: TrainingState) => void states.push(state);
    const { model, options, free } = await setUp(square, {
      schedule,
      epochs: 100,
      valid: tinyPictures(4),
      onCheckpoint,
    });
    let best: string[] = [];
    const run = drain(fit(model, options), async (event) => {
      if (event.kind === 'epoch' && event.isBest) best = stateBits(await model.stateDict());
    });
    const first: unknown = await run.catch((thrown: unknown) => thrown);
    expect(first).toBeInstanceOf(DivergedError);
    expect(stateBits(await model.stateDict())).toEqual(best);
    const second = await setUp(square, { schedule, epochs: 100, valid: tinyPictures(4), resume: states[1]! });
    const again: unknown = await drain(fit(second.model, second.options)).catch((thrown: unknown) => thrown);
    expect((again as Error).message).toBe((first as Error).message);
    free();
    second.free();
  });
});

describe('fit can be awaited', () => {
  test('it runs to the end and returns the same result as iterating', async () => {
    const first = await setUp(new CrossEntropyLoss());
    const awaited = await fit(first.model, first.options);
    const second = await setUp(new CrossEntropyLoss());
    const { result } = await drain(fit(second.model, second.options));
    expect(awaited).toEqual(result);
    expect(awaited.epochs).toBe(2);
    first.free();
    second.free();
  });

  test('after some or all events, and twice', async () => {
    const { model, options, free } = await setUp(new CrossEntropyLoss());
    const run = fit(model, options);
    expect((await run.next()).value).toMatchObject({ kind: 'step', step: 1 });
    const result = await run;
    expect(result.epochs).toBe(2);
    expect(await run).toBe(result);
    const whole = fit(model, options);
    for await (const _ of whole);
    expect((await whole).epochs).toBe(2);
    free();
  });

  test('it rejects with the error of the run; an abandoned run has no result', async () => {
    const { model, options, free } = await setUp(new CrossEntropyLoss());
    await expect(fit(model, { ...options, batch: 99 })).rejects.toThrow(/do not fill one batch of 99/);
    const left = fit(model, options);
    for await (const _ of left) break;
    await expect(left).rejects.toThrow('fit: the iteration ended before the run');
    free();
  });
});

describe('labels', () => {
  const wrong = (labels: number[]) => {
    const { classNames, length, order } = train;
    const list = Uint32Array.from({ length }, (_, i) => labels[i] ?? i % 2);
    const source = (isListed: boolean): FitOptions['train'] => ({
      classNames,
      length,
      order,
      ...(isListed && { labels: list }),
      open(device, options) {
        const reader = train.open(device, options);
        const own = tensor(device, new Uint32Array(options.batch));
        return {
          record: () => ({ ...reader.record(), labels: own }),
          load(indices) {
            reader.load(indices);
            own.write(indices.map((i) => list[i]!));
          },
          dispose() {
            reader.dispose();
            own.dispose();
          },
        };
      },
    });
    return { listed: source(true), silent: source(false) };
  };

  test('a label that is not a class is named with its image', async () => {
    const { listed, silent } = wrong([0, 1, 2]);
    const { model, options, free } = await setUp(new CrossEntropyLoss());
    const text = 'label 2 of image 2 (the classes are 0 to 1) is out of range';
    await expect(fit(model, { ...options, train: listed })).rejects.toThrow(RangeError);
    await expect(fit(model, { ...options, train: listed })).rejects.toThrow(`fit: training images: ${text}`);
    await expect(fit(model, { ...options, valid: listed })).rejects.toThrow(
      `fit: validation images: ${text}`,
    );
    await expect(fit(model, { ...options, train: silent })).rejects.toThrow(text);
    await expect(fit(model, { ...options, train: silent, accumulate: 2 })).rejects.toThrow(text);
    await expect(fit(model, { ...options, valid: silent })).rejects.toThrow(`evaluate: ${text}`);
    free();
  });

  test('ignored labels count neither in accuracy nor in the validation', async () => {
    const ignored = Array.from({ length: 16 }, (_, i) => (i < 6 ? -100 : i % 2));
    for (const source of Object.values(wrong(ignored))) {
      const { model, options, free } = await setUp(new CrossEntropyLoss(), { epochs: 6 });
      const { steps, epochs } = await drain(fit(model, { ...options, train: source, valid: source }));
      expect(steps[0]!.counted + steps[1]!.counted).toBe(10);
      expect(epochs.at(-1)!.trainAccuracy).toBe(1);
      expect(epochs.at(-1)!.valid).toMatchObject({ count: 10, accuracy: 1 });
      free();
    }
  });

  test('a batch with only ignored labels is named', async () => {
    const none = new Array(16).fill(-100);
    for (const source of Object.values(wrong(none))) {
      const { model, options, free } = await setUp(new CrossEntropyLoss());
      await expect(fit(model, { ...options, train: source })).rejects.toThrow(
        'step 1: all 8 labels of the batch are ignored (ignoreIndex -100)',
      );
      free();
    }
  });
});

test.each<[string, object, string]>([
  ['an unknown option', { learningRate: 0.1 }, 'fit: unknown option "learningRate"'],
  [
    'a name for an augmentation',
    { augmentation: 'strong' },
    "fit: augmentation: got 'strong', expected an augmentation object",
  ],
  ['half an epoch', { epochs: 0.5 }, 'fit: epochs: got 0.5, expected an integer >= 1'],
  ['a string as seed', { seed: 'abc' }, "fit: seed: got 'abc'"],
  ['a batch as text', { batch: '8' }, "fit: batch: got '8'"],
  ['a side of 0', { side: 0 }, 'fit: side: got 0'],
  ['a moving average of 1', { ema: 1 }, 'fit: ema: got 1'],
  ['an optimizer class', { optimizer: SGD }, 'fit: optimizer: got the class SGD, expected an optimizer'],
  ['a loss by name', { loss: 'crossEntropy' }, "fit: loss: got 'crossEntropy', expected a loss"],
  ['no loss', { loss: undefined }, 'fit: option "loss" is missing'],
  ['targets that do not exist', { targets: 'soft' }, "fit: targets: got 'soft'"],
  ['a learning rate as schedule', { schedule: 0.1 }, 'fit: schedule: got 0.1, expected a schedule'],
])('%s is rejected', async (_, changed, message) => {
  const { model, options, free } = await setUp(new CrossEntropyLoss());
  await expect(fit(model, { ...options, ...changed } as FitOptions)).rejects.toThrow(message);
  free();
});
