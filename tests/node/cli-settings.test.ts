import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/shared/options.ts';
import { makeSchedule } from '../../src/cli/train/parts.ts';
import { describeSettings, settle, type TrainOptions, withRecipe } from '../../src/cli/train/settings.ts';

const typed: TrainOptions = {
  size: 48,
  batch: 64,
  seed: 1,
  variant: 'paper',
  optimizer: 'adamw',
  clip: 0,
  dropout: 0.2,
  schedule: 'cosine',
  labelSmoothing: 0,
  lambda: 0,
  center: 'learned',
  over: 'embedding',
};

describe('settings', () => {
  test('batch norm has the paper’s momentum in a long run, more in a short one, and what was chosen in any', () => {
    const momentum = (epochs: number, change: Partial<TrainOptions> = {}) =>
      settle({ ...typed, epochs, ...change }, 640).bnMomentum;
    expect(momentum(500)).toBe(0.01);
    expect(momentum(499)).toBe(0.1);
    expect(momentum(4)).toBe(0.25);
    expect(momentum(1)).toBe(0.5);
    expect(momentum(1, { bnMomentum: 0.03 })).toBe(0.03);
    const said = (change: Partial<TrainOptions>) =>
      describeSettings(settle({ ...typed, epochs: 20, ...change }, 640))['batch-norm momentum'];
    expect(said({})).toMatch(/^0\.1 for a short run/);
    expect(said({ bnMomentum: 0.1 })).toBe('0.1');
  });

  test('rate and decay follow the optimizer, warm-up the number of steps', () => {
    const adam = settle({ ...typed, epochs: 10, optimizer: 'adam' }, 1000);
    expect(adam).toMatchObject({ lr: 1e-3, weightDecay: 0, stepsPerEpoch: 15 });
    const chosen = settle({ ...typed, epochs: 10, lr: 7, weightDecay: 8, warmup: 9 }, 1000);
    expect(chosen).toMatchObject({ lr: 7, weightDecay: 8, warmup: 9 });
    expect(settle({ ...typed, epochs: 40, schedule: 'step' }, 1000).warmup).toBe(0);
  });

  test('the loss and the schedule in words', () => {
    const words = (change: Partial<TrainOptions>) =>
      describeSettings(settle({ ...typed, epochs: 9, ...change }, 640));
    expect(words({}).loss).toBe('cross-entropy');
    expect(words({ lambda: 0.4, center: 'released', over: 'logits', labelSmoothing: 0.1 }).loss).toBe(
      'cross-entropy (labels smoothed by 0.1) + 0.4 x centre loss (released, over the logits)',
    );
    expect(words({ schedule: 'step' })['learning rate']).toMatch(/, a tenth every 3 epochs$/);
    expect(words({ clip: 5 }).optimizer).toContain('gradients clipped to 5');
  });

  test('each schedule does what its words say', () => {
    const rates = (schedule: TrainOptions['schedule']) => {
      const made = makeSchedule(settle({ ...typed, epochs: 3, schedule, lr: 1, warmup: 0 }, 64));
      return [0, 1, 2].map((epoch) => made.rate({ step: epoch, epoch, totalSteps: 3, totalEpochs: 3 }));
    };
    expect(rates('constant')).toEqual([1, 1, 1]);
    expect(rates('plateau')).toEqual([1, 1, 1]);
    expect(rates('step').map((rate) => Number(rate.toPrecision(6)))).toEqual([1, 0.1, 0.01]);
    expect(rates('cosine').map((rate) => Number(rate.toFixed(6)))).toEqual([1, 0.75, 0.25]);
  });
});

describe('recipes', () => {
  const faces = { ...typed, data: 'faces' };

  test('the paper’s is the released code’s training to the letter', () => {
    expect(withRecipe({ ...faces, recipe: 'paper' }, new Set(['data', 'recipe']))).toMatchObject({
      size: 224,
      epochs: 100,
      batch: 64,
      optimizer: 'adam',
      lr: 1e-3,
      weightDecay: 1e-4,
      schedule: 'plateau',
      lambda: 0.4,
      center: 'released',
      over: 'logits',
      augment: 'paper',
      bnMomentum: 0.01,
      zeroInit: false,
      ema: 0,
      votes: 'majority',
    });
  });

  test('what was typed goes before it, and without one nothing changes', () => {
    const options: TrainOptions = { ...faces, recipe: 'feathergrad', size: 64, ema: 0.99, labels: 'argmax' };
    const merged = withRecipe(options, new Set(['data', 'recipe', 'size', 'ema', 'labels']));
    expect(merged).toMatchObject({ size: 64, ema: 0.99, labels: 'argmax', augment: 'paper', lambda: 0 });
    expect(merged.votes).toBeUndefined();
    expect(withRecipe(typed, new Set())).toBe(typed);
    const plain = settle({ ...typed, epochs: 9 }, 640);
    expect(plain).toMatchObject({
      augment: 'none',
      ema: 0,
      mixup: 0,
      balance: 0,
      zeroInit: true,
      mirror: false,
    });
  });
});

test('the command that repeats a run leaves out where its results went, and quotes for a shell', () => {
  const args = ['train', '--out', 'x y', '--data', "it's here", '--json', '--lr', '0.01', '--out=z'];
  expect(commandLine(args)).toBe("npx feathergrad train --data 'it'\\''s here' --lr 0.01");
});
