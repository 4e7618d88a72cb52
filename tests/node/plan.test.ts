// The command line and the web app only parse text; both make the same plan from the same settings.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeTrainCommand } from '../../src/cli/train/command.ts';
import { describeSettings } from '../../src/cli/train/describe.ts';
import { checkFlags, flagOf, recipeOf, type TrainOptions } from '../../src/cli/train/options.ts';
import { paperAugmentation } from '../../src/data/augmentation.ts';
import { DrawnFaceSource } from '../../src/data/drawn-face-source.ts';
import { CrossEntropyLoss } from '../../src/loss/cross-entropy-loss.ts';
import { SoftmaxCenterLoss } from '../../src/loss/softmax-center-loss.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { checkRecipe } from '../../src/train/check-recipe.ts';
import { fit } from '../../src/train/fit.ts';
import { parseSetting } from '../../src/train/parse-setting.ts';
import { plan } from '../../src/train/plan.ts';
import { settleRecipe, withDefaults } from '../../src/train/recipe-defaults.ts';
import { RECIPE_SETTINGS, SETTING_NAMES } from '../../src/train/recipe-settings.ts';
import { RECIPES, type Recipe } from '../../src/train/recipes.ts';
import {
  defaultsFor,
  recipeOf as pageRecipeOf,
  paramsOf,
  type SettingName,
  settingsFrom,
} from '../../web/src/train/settings.ts';
import { testDevice } from '../support/device.ts';
import { drain } from '../support/fit-run.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

/** The options of a command line, as `feathergrad train` parses them. */
function parsed(args: readonly string[]): TrainOptions {
  const found: TrainOptions[] = [];
  const command = makeTrainCommand((options) => {
    found.push(options);
  });
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.parse([...args], { from: 'user' });
  return found[0] as TrainOptions;
}

/** A value of a setting, as passed to both. */
function valuesOf(name: SettingName): fc.Arbitrary<string | number | boolean> {
  const setting = RECIPE_SETTINGS[name];
  if (setting.kind === 'switch') return fc.boolean();
  if (setting.kind === 'choice') return fc.constantFrom(...setting.options.map(([value]) => value));
  const { low, below } = setting;
  const high = Math.min(setting.high, 4096);
  if (setting.whole) return fc.integer({ min: low, max: high });
  return fc.double({ min: low, max: below ? high - 1e-3 : high, noNaN: true });
}

test('only fer_mobilenetv3 has a variant', () => {
  const recipe = { model: 'resnet20', variant: 'large' } as const;
  expect(() => checkRecipe(recipe, { isDrawn: true }, flagOf)).toThrow(
    /--variant large is for fer_mobilenetv3 \(got --model resnet20\)\. Remove one of the two\./,
  );
});

test('train: the head, the last blocks or everything; with a device only fer_mobilenetv3', async () => {
  const device = await testDevice();
  const images = tinyPictures(16);
  const common = { batch: 2, epochs: 1, side: 32, validationSplit: 0 } as const;
  const counts = (['head', 'last-blocks', 'all'] as const).map((train) => {
    const { model, dispose } = plan(device, images, { ...common, train });
    const count = model.parameters().filter(({ requiresGrad }) => requiresGrad).length;
    dispose();
    model.dispose();
    return count;
  });
  expect(counts[0]).toBe(4);
  expect(counts[1]).toBeGreaterThan(4);
  expect(counts[2]).toBe(new FerMobileNetV3().parameters().length);
  expect(() => plan(device, images, { ...common, model: 'resnet20' })).toThrow(
    /plan: model: got resnet20 with a device, expected the network itself/,
  );
});

describe('the command line and the web app make equal plans', () => {
  test.each(['drawn', 'folder'] as const)('%s', (data) => {
    const names = Object.keys(defaultsFor({ data })).filter(
      (name) =>
        !['data', 'labels', data === 'drawn' ? 'augmentation' : 'pictures', 'center', 'over'].includes(name),
    ) as SettingName[];
    const settings = fc.record(Object.fromEntries(names.map((name) => [name, valuesOf(name)])), {
      requiredKeys: [],
    }) as fc.Arbitrary<Partial<Record<SettingName, string | number | boolean>>>;
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 40000 }), (chosen, images) => {
        const { model = 'fer_mobilenetv3' } = chosen;
        const entries = (Object.entries(chosen) as [SettingName, string | number | boolean][]).filter(
          // the page hides the variant of other networks, and the command rejects it
          ([name]) => name !== 'variant' || model === 'fer_mobilenetv3',
        );
        const args = entries.flatMap(([name, value]) =>
          typeof value === 'boolean'
            ? [value ? flagOf(name) : flagOf(name).replace('--', '--no-')]
            : [flagOf(name), String(value)],
        );
        const typed = parsed([...(data === 'folder' ? ['--data', 'faces'] : []), ...args]);
        checkFlags(typed);
        const params = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
        params.set('data', data);
        const page = settingsFrom(params);
        expect(page.wrong).toEqual([]);
        // the URL contains all settings
        expect(settingsFrom(paramsOf(page.settings)).settings).toEqual(page.settings);
        const facts = { images, isDrawn: data === 'drawn' };
        const both = [recipeOf(typed), pageRecipeOf(page.settings)].map((recipe) => ({
          settled: settleRecipe(recipe, facts),
          refused: refusal(recipe, facts.isDrawn),
        }));
        expect(both[0]).toEqual(both[1]);
      }),
      { numRuns: 300 },
    );
  });

  test('batch norm of a run of 60 steps, for which the two differed before', () => {
    const recipe = recipeOf(parsed(['--pictures', '64', '--batch', '32', '--epochs', '30']));
    expect(settleRecipe(recipe, { images: 64, isDrawn: true }).bnMomentum).toBe(10 / 60);
  });
});

function refusal(recipe: Partial<Recipe>, isDrawn: boolean): string | null {
  try {
    checkRecipe(recipe, { isDrawn });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('one table of settings', () => {
  test('its defaults are within their ranges and stated in the help', () => {
    for (const isDrawn of [true, false]) {
      for (const [name, value] of Object.entries(withDefaults({}, isDrawn))) {
        expect(parseSetting(name as keyof Recipe, String(value)), name).toEqual({ value });
      }
    }
    for (const name of SETTING_NAMES) {
      const { usual, kind } = RECIPE_SETTINGS[name];
      if (kind !== 'switch') expect(usual, name).not.toBe('');
    }
  });

  test.each(['', ' ', 'NaN', 'Infinity', '1e999', '0x10', '1,5', '--1', '1_000', 'ten', '١'])(
    'a number is not %j',
    (text) => {
      for (const name of SETTING_NAMES) {
        if (RECIPE_SETTINGS[name].kind === 'number') {
          expect(parseSetting(name, text), name).toHaveProperty('wrong');
        }
      }
    },
  );

  test.each([
    ['side', '31', 'expected a whole number from 32 to 4096'],
    ['batch', '2.5', 'expected a whole number from 2 to 65536'],
    ['validationSplit', '1', 'expected a number of at least 0 and below 1'],
    ['learningRate', '-1', 'expected a number of at least 0'],
    ['learningRate', '1e39', 'expected a number within the range of f32, at most 3.4e38'],
    ['clipNorm', '3.5e38', 'expected a number within the range of f32, at most 3.4e38'],
    ['schedule', 'cosin', 'expected one of cosine, plateau, step, constant, onecycle; did you mean cosine?'],
    ['mirror', 'yes', 'expected true or false'],
  ] as const)('%s %s', (name, text, wrong) => {
    expect(parseSetting(name, text)).toEqual({ wrong });
  });

  test('short names remain: --lr, --size, --clip, --valid, --augment, --warmup', () => {
    const args = ['--lr', '0.1', '--size', '64', '--clip', '5', '--valid', '0.2', '--augment', 'paper'];
    expect(parsed([...args, '--warmup', '7', '--data', 'x']).typed).toEqual({
      learningRate: 0.1,
      side: 64,
      clipNorm: 5,
      validationSplit: 0.2,
      augmentation: 'paper',
      warmupSteps: 7,
    });
  });
});

describe('recipes', () => {
  test("the paper's has the settings of the released code", () => {
    expect(recipeOf({ recipe: 'paper', typed: {}, data: 'faces' })).toEqual({
      side: 224,
      epochs: 100,
      batch: 64,
      optimizer: 'adam',
      learningRate: 1e-3,
      weightDecay: 1e-4,
      schedule: 'plateau',
      clipNorm: 0,
      labels: 'majority',
      labelSmoothing: 0,
      balance: 0,
      lambda: 0.4,
      center: 'released',
      over: 'logits',
      augmentation: 'paper',
      mixup: 0,
      dropout: 0.2,
      bnMomentum: 0.01,
      zeroInitResidual: false,
      ema: 0,
      mirror: false,
    });
  });

  test('flags override the recipe; without one nothing changes', () => {
    const typed: Partial<Recipe> = { side: 64, ema: 0.99, labels: 'argmax' };
    const merged = recipeOf({ recipe: 'feathergrad', typed, data: 'faces' });
    expect(merged).toMatchObject({ side: 64, ema: 0.99, labels: 'argmax', augmentation: 'paper', lambda: 0 });
    expect(recipeOf({ typed })).toBe(typed);
  });

  test('length of the run: batch norm, warm-up and learning rate follow', () => {
    const settled = (recipe: Partial<Recipe>) => settleRecipe(recipe, { images: 640, isDrawn: false });
    const momentum = (epochs: number) => settled({ epochs, batch: 64 }).bnMomentum;
    expect([500, 499, 4, 1].map(momentum)).toEqual([0.01, 0.1, 0.25, 0.5]);
    expect(settled({ bnMomentum: 0.03, epochs: 1 }).bnMomentum).toBe(0.03);
    expect(settled({ optimizer: 'adam', epochs: 10, batch: 64 })).toMatchObject({
      learningRate: 1e-3,
      weightDecay: 0,
      warmupSteps: 10,
      stepsPerEpoch: 10,
    });
    expect(settled({ schedule: 'step' }).warmupSteps).toBe(0);
  });
});

describe('in words', () => {
  const words = (recipe: Partial<Recipe>) =>
    describeSettings(settleRecipe({ epochs: 9, batch: 64, ...recipe }, { images: 640, isDrawn: false }));

  test('loss, schedule, clipping and batch norm', () => {
    expect(words({}).loss).toBe('cross-entropy');
    expect(words({ lambda: 0.4, center: 'released', over: 'logits', labelSmoothing: 0.1 }).loss).toBe(
      'cross-entropy (label smoothing 0.1) + 0.4 x center loss (released, over the logits)',
    );
    expect(words({ schedule: 'step' })['learning rate']).toMatch(/, divided by 10 every 3 epochs$/);
    expect(words({ clipNorm: 5 }).optimizer).toContain('gradients clipped to 5');
    expect(words({ optimizer: 'rmsprop', sam: 0.05 }).optimizer).toMatch(/^RMSprop, .* SAM with rho 0\.05$/);
    expect(words({ schedule: 'onecycle' })['learning rate']).toMatch(/, one cycle: /);
    expect(words({})['batch-norm momentum']).toMatch(/^0\.1111 for a short run/);
    expect(words({ bnMomentum: 0.1 })['batch-norm momentum']).toBe('0.1');
  });
});

describe('checkRecipe', () => {
  test.each([
    [{ center: 'released' }, /--center released needs the center loss, whose weight is 0\. Add --lambda/],
    [{ over: 'logits' }, /--over logits needs the center loss/],
    [{ warmupSteps: 9, schedule: 'constant' }, /--warmup-steps needs the cosine schedule/],
    [{ earlyStop: 2, validationSplit: 0 }, /--early-stop needs validation accuracy/],
    [{ mixup: 0.2, lambda: 0.4 }, /--mixup blends images of two classes/],
    [{ sam: 0.05, accumulate: 2 }, /--sam computes each gradient twice, .*--accumulate 2/],
    [{ sam: -1 }, /sam: got -1, expected a number of at least 0/],
    [{ batch: 32, accumulate: 5 }, /--accumulate 5 does not divide a batch of 32/],
    [{ augmentation: 'strong' }, /--augmentation strong is for photos/],
    [{ balance: 0.5 }, /--balance is for photos/],
    [{ learningRates: 1 }, /unknown option "learningRates".*Did you mean "learningRate"/],
    [{ lr: 1 }, /unknown option "lr".*Did you mean "learningRate"/],
    [{ batch: 2.5 }, /batch: got 2\.5, expected a whole number/],
    [{ mirror: 'no' }, /mirror: got .*, expected true or false/],
    [{ side: Number.NaN }, /side: got NaN/],
  ] as const)('%j', (recipe, message) => {
    expect(() => checkRecipe(recipe as Partial<Recipe>, { isDrawn: true }, flagOf)).toThrow(message);
  });
});

describe('plan', () => {
  test('creates the network, loss, optimizer and schedule of the recipe, and fit trains with them', async () => {
    const device = await testDevice();
    const before = device.memory().liveBytes;
    const recipe = { side: 32, batch: 4, epochs: 1, pictures: 8, validationSplit: 0.5, seed: 7 } as const;
    const { model, options, settings, dispose } = plan(
      device,
      new DrawnFaceSource({ seed: 7, length: 8 }),
      recipe,
    );
    expect(model.side).toBe(32);
    expect(options.valid).toMatchObject({ length: 4 });
    expect((options.valid as DrawnFaceSource).seed).not.toBe(7);
    expect(options.loss).toBeInstanceOf(CrossEntropyLoss);
    expect(options.optimizer.type).toBe('SGD');
    expect(options.schedule.settings?.()).toMatchObject({ type: 'CosineAnnealingLR', learningRate: 0.2 });
    expect(settings).toMatchObject({ stepsPerEpoch: 2, bnMomentum: 0.5, isMomentumAutomatic: true });
    const { steps, result } = await drain(fit(model, options));
    expect([steps.length, result.epochs]).toEqual([2, 1]);
    dispose();
    model.dispose();
    expect(device.memory().liveBytes).toBe(before);
  });

  test('a share of photos is held out; a model of your own is trained unchanged', async () => {
    const device = await testDevice();
    const source = tinyPictures(16);
    const own = new FerMobileNetV3({ classes: source.classNames, side: 32 }).to(device, { seed: 1 });
    const { model, options, dispose } = plan(own, source, {
      ...RECIPES.feathergrad,
      side: 32,
      batch: 4,
      validationSplit: 0.25,
      balance: 0.5,
    });
    expect(model).toBe(own);
    expect([options.train.length, options.valid?.length]).toEqual([12, 4]);
    expect(options.augmentation).toEqual(paperAugmentation(0.5));
    dispose();
    const raf = plan(
      own,
      { train: source, augmentedShare: 0.45 },
      { side: 32, batch: 4, augmentation: 'paper' },
    );
    expect(raf.options.augmentation).toEqual(paperAugmentation(0.45));
    expect(raf.options.valid).toBeUndefined();
    raf.dispose();
    const joint = plan(own, { train: source }, { side: 32, batch: 4, lambda: 0.01 });
    expect(joint.options.loss).toBeInstanceOf(SoftmaxCenterLoss);
    joint.dispose();
    own.dispose();
  });

  test('RMSprop in SAM with one cycle: fit trains with them', async () => {
    const device = await testDevice();
    const { model, options, dispose } = plan(
      device,
      { train: tinyPictures(8) },
      {
        side: 32,
        batch: 4,
        epochs: 1,
        optimizer: 'rmsprop',
        sam: 0.05,
        schedule: 'onecycle',
        learningRate: 1e-3,
      },
    );
    expect(options.optimizer.settings()).toMatchObject({
      type: 'SAM',
      rho: 0.05,
      optimizer: { type: 'RMSprop', momentum: 0.9 },
    });
    expect(options.schedule.settings?.()).toMatchObject({ type: 'OneCycleLR', maxLearningRate: 1e-3 });
    const { steps } = await drain(fit(model, options));
    expect(steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    dispose();
    model.dispose();
  });

  test('rejects a batch that the images do not fill', async () => {
    const device = await testDevice();
    expect(() => plan(device, { train: tinyPictures(8) }, { side: 32 }, { named: flagOf })).toThrow(
      '8 training images do not fill one batch of 32. Set --batch to 8 or less, or add images.',
    );
  });
});
