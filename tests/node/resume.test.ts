import { describe, expect, test } from 'vitest';
import { STRONG_AUGMENTATION } from '../../src/data/augmentation.ts';
import { PictureSource } from '../../src/data/picture-source.ts';
import { encodeSafetensors } from '../../src/formats/safetensors.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import type { SoftmaxCenterLossOptions } from '../../src/loss/softmax-center-loss.ts';
import { ReduceLROnPlateau } from '../../src/optim/reduce-lr-on-plateau.ts';
import { CosineAnnealingLR } from '../../src/optim/schedules.ts';
import {
  CheckpointError,
  checkpointChecksum,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../src/train/checkpoint-file.ts';
import type { FitOptions } from '../../src/train/fit.ts';
import { ResumeError, type TrainingState } from '../../src/train/training-state.ts';
import { drain, type FitEvent, prepareRun, stateBits } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const plain = tinyPictures(16);
/** Four steps per epoch, with soft targets. */
const train = new PictureSource({
  pictures: plain.pictures,
  labels: plain.labels,
  classNames: plain.classNames,
  distributions: Float32Array.from({ length: 32 }, (_, i) => (plain.labels[i >> 1] === i % 2 ? 0.75 : 0.25)),
});
const valid = tinyPictures(6, { seed: 3 });

/** A recipe with everything that has state. */
const everything = (): Partial<FitOptions> => ({
  epochs: 3,
  batch: 4,
  valid,
  augmentation: STRONG_AUGMENTATION,
  targets: 'distribution',
  ema: 0.9,
  schedule: new CosineAnnealingLR(2e-3, { warmupSteps: 3 }),
});

interface Outcome {
  bits: string[];
  losses: number[];
  validation: number[];
  best: number;
  states: TrainingState[];
}

/** Runs fit, optionally stopped after `stop` steps, and resumed through a file. */
async function outcome(
  options: Partial<FitOptions>,
  loss: SoftmaxCenterLossOptions,
  { stop, resume }: { stop?: number; resume?: TrainingState } = {},
): Promise<Outcome> {
  const { model, start, free } = await prepareRun({ train, loss });
  const controller = new AbortController();
  const see = (event: FitEvent) => {
    // the step in progress at the signal is the last one
    if (event.kind === 'step' && stop !== undefined && event.step === stop - 1) controller.abort();
  };
  const states: TrainingState[] = [];
  const through = resume && decodeCheckpoint(encodeCheckpoint(resume)).state;
  const { steps, epochs, result } = await drain(
    start({
      ...options,
      signal: controller.signal,
      onCheckpoint: (state) => void states.push(state),
      ...(through && { resume: through }),
    }),
    see,
  );
  const bits = stateBits(await model.stateDict());
  free();
  return {
    bits,
    losses: steps.map((step) => step.loss),
    validation: epochs.map((epoch) => epoch.valid?.loss ?? epoch.trainLoss),
    best: result.bestEpoch,
    states,
  };
}

/** The run without interruption, once for all tests. */
let uninterrupted: Promise<Outcome> | undefined;
const whole = () => (uninterrupted ??= outcome(everything(), {}));

describe('an interrupted and resumed run equals an uninterrupted run, bit for bit', () => {
  test.each([
    ['in the middle of an epoch', 6],
    ['after the last step of an epoch, before its validation', 8],
  ])('%s', async (_, stop) => {
    const { losses, validation, bits, best } = await whole();
    const first = await outcome(everything(), {}, { stop });
    expect(first.losses.length).toBe(stop);
    const second = await outcome(everything(), {}, { resume: first.states.at(-1)! });
    expect([...first.losses, ...second.losses]).toEqual(losses);
    expect([...first.validation, ...second.validation]).toEqual(validation);
    expect(second.bits).toEqual(bits);
    expect(second.best).toBe(best);
  });

  test('the cross-entropy alone resumes a run of the joint loss with weight 0', async () => {
    const { losses, bits } = await whole();
    const first = await outcome(everything(), {}, { stop: 6 });
    const { model, start, free } = await prepareRun({ train });
    const options = { ...everything(), loss: new CrossEntropyLoss(), resume: first.states.at(-1)! };
    const { steps, epochs } = await drain(start(options));
    expect([...first.losses, ...steps.map(({ loss }) => loss)]).toEqual(losses);
    expect(stateBits(await model.stateDict())).toEqual(bits);
    // the joint loss reports the cross-entropy as a part, which this run has only for half of the second epoch
    expect(epochs.map(({ parts }) => parts)).toEqual([{}, {}]);
    free();
  });

  test('there is one after each epoch', async () => {
    const { states } = await whole();
    const at = (epoch: number) => ({ epoch, step: 0 });
    expect(states.map(({ position }) => position)).toEqual([at(1), at(2), at(3)]);
  });

  test.each<[string, Partial<FitOptions>, SoftmaxCenterLossOptions]>([
    [
      'released centers and parts of a batch',
      { batch: 8, accumulate: 2 },
      { lambda: 0.4, kind: 'released', over: 'logits' },
    ],
    ['learned centers', { batch: 8 }, { lambda: 0.1, kind: 'learned', over: 'embedding' }],
    ['mixup', { batch: 8, mixup: 0.4, augmentation: STRONG_AUGMENTATION }, {}],
  ])('with %s', async (_, changed, loss) => {
    const options = () => ({
      ...changed,
      epochs: 2,
      valid,
      schedule: new ReduceLROnPlateau(2e-3, { patience: 0, threshold: 0.9 }),
    });
    const { losses, bits } = await outcome(options(), loss);
    const first = await outcome(options(), loss, { stop: 3 });
    const second = await outcome(options(), loss, { resume: first.states.at(-1)! });
    expect([...first.losses, ...second.losses]).toEqual(losses);
    expect(second.bits).toEqual(bits);
  });
});

describe('a checkpoint of another run is rejected, and nothing has changed', () => {
  const cases: [string, Partial<FitOptions>, RegExp][] = [
    ['another batch', { batch: 8 }, /batch: 8 here, 4 in the checkpoint/],
    ['another seed', { seed: 9 }, /seed: 9 here, 1 in the checkpoint/],
    ['another augmentation', { augmentation: null }, /augmentation\.\w+: none here/],
    ['more epochs under a cosine', { epochs: 9 }, /epochs: 9 here, 3 in the checkpoint/],
    [
      'other pictures',
      { train: tinyPictures(16, { seed: 5 }), targets: 'labels' },
      /train\.fingerprint: \w+ here, \w+ in the checkpoint/,
    ],
    ['without a moving average', { ema: 0 }, /average\.decay: none here, 0\.9 in the checkpoint/],
  ];
  test.each(cases)('%s', async (_, changed, message) => {
    const { states } = await whole();
    const { model, start, free } = await prepareRun({ train });
    const before = stateBits(await model.stateDict());
    const events = start({ ...everything(), ...changed, resume: states[0]! });
    await expect(drain(events)).rejects.toThrow(message);
    expect(stateBits(await model.stateDict())).toEqual(before);
    free();
  });

  const without = (dict: StateDict, name: string) => new Map([...dict].filter(([key]) => key !== name));
  const misfits: [string, (state: TrainingState) => TrainingState, RegExp][] = [
    [
      'another model',
      (state) => ({ ...state, model: without(state.model, 'features.2.block.3.0.weight') }),
      /model: missing: features\.2\.block\.3\.0\.weight \[16, 24, 1, 1\]/,
    ],
    [
      'another optimizer',
      (state) => ({ ...state, optimizer: without(state.optimizer, 'moment.1') }),
      /optimizer: missing: moment\.1/,
    ],
    [
      'centers that the run does not have',
      (state) => ({ ...state, loss: new Map([['centers', { shape: [2, 2], data: new Float32Array(4) }]]) }),
      /loss: unexpected: centers/,
    ],
    [
      'a shorter average',
      (state) => ({
        ...state,
        average: new Map(state.average).set('buffers', { shape: [3], data: new Uint32Array(3) }),
      }),
      /average: wrong shape: buffers is \[3\], expected \[/,
    ],
    [
      'best weights of another model',
      (state) => ({
        ...state,
        best: { ...state.best!, state: without(state.best!.state, 'features.0.0.weight') },
      }),
      /best: missing: features\.0\.0\.weight/,
    ],
  ];
  test.each(misfits)('%s', async (_, change, message) => {
    const { states } = await whole();
    const { device, model, optimizer, start, free } = await prepareRun({ train });
    const state = async () => [
      ...stateBits(await model.stateDict()),
      ...stateBits(await optimizer.stateDict()),
    ];
    const before = await state();
    const { liveStorages } = device.memory();
    const events = start({ ...everything(), resume: change(states[0]!) });
    const error = await drain(events).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResumeError);
    expect((error as ResumeError).message).toMatch(/^the checkpoint does not fit:\n/);
    expect((error as ResumeError).message).toMatch(message);
    expect(await state()).toEqual(before);
    expect(model.training).toBe(true);
    expect(device.memory().liveStorages).toBe(liveStorages);
    free();
  });

  test('more epochs with a plateau schedule are accepted', async () => {
    const options = (epochs: number) => ({ ...everything(), epochs, schedule: new ReduceLROnPlateau(1e-3) });
    const { states } = await outcome(options(1), {});
    const { losses } = await outcome(options(2), {}, { resume: states.at(-1)! });
    expect(losses.length).toBe(4);
  });
});

test.each([
  ['null', /has no state/],
  ['{}', /has no position/],
  ['{"position":{"epoch":1}}', /position\.step in its metadata: got undefined, expected a number/],
  [
    '{"position":{"epoch":1,"step":-1}}',
    /position\.step in its metadata: got -1, expected an integer of at least 0/,
  ],
  ['{"position":{"epoch":1,"step":0},"sums":[]}', /has no sums/],
  ['{', /metadata is damaged/],
])('metadata that is not a state, such as %s', (state, message) => {
  const texts = { format: 'feathergrad checkpoint 2', state };
  const checksum = checkpointChecksum(new Map(), texts);
  const file = encodeSafetensors(new Map(), { ...texts, checksum });
  expect(() => decodeCheckpoint(file)).toThrow(CheckpointError);
  expect(() => decodeCheckpoint(file)).toThrow(message);
});

test('truncated files and files of another type are named', async () => {
  const { states } = await whole();
  const bytes = encodeCheckpoint(states[0]!, { note: 'mine' });
  expect(decodeCheckpoint(bytes).about).toEqual({ note: 'mine' });
  expect(decodeCheckpoint(bytes).state.position).toEqual({ epoch: 1, step: 0 });
  for (const end of [0, 7, 100, 5000, bytes.length - 1]) {
    expect(() => decodeCheckpoint(bytes.subarray(0, end))).toThrow(/not a complete checkpoint/);
  }
  const other = new TextEncoder().encode('{"__metadata__":{"format":"pt"}}');
  const file = new Uint8Array(8 + other.length);
  file[0] = other.length;
  file.set(other, 8);
  expect(() => decodeCheckpoint(file)).toThrow(/has the format "pt".*weights only/);
});
