import { augmentationNamed, paperAugmentation } from '../data/augmentation.ts';
import type { BatchSource } from '../data/batch-source.ts';
import { DrawnFaceSource } from '../data/drawn-face-source.ts';
import { UNLABELED } from '../data/picture-source.ts';
import { checkValue, objectRule } from '../gpu/check-options.ts';
import { Device } from '../gpu/device.ts';
import { classWeights } from '../loss/class-weights.ts';
import { CrossEntropyLoss } from '../loss/cross-entropy-loss.ts';
import { SoftmaxCenterLoss } from '../loss/softmax-center-loss.ts';
import { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { Adam, AdamW } from '../optim/adam.ts';
import { ReduceLROnPlateau } from '../optim/reduce-lr-on-plateau.ts';
import { RMSprop } from '../optim/rmsprop.ts';
import { type AnyOptimizer, SAM } from '../optim/sam.ts';
import { ConstantLR, CosineAnnealingLR, OneCycleLR, type Schedule, StepLR } from '../optim/schedules.ts';
import { SGD } from '../optim/sgd.ts';
import { tensor } from '../tensor/create.ts';
import { checkBatchIsFilled, type Naming } from './check-batch.ts';
import { checkRecipe } from './check-recipe.ts';
import { type Classifier, expectSource } from './classifier.ts';
import type { FitOptions } from './fit-options.ts';
import { type SettledRecipe, settleRecipe } from './recipe-defaults.ts';
import type { Recipe } from './recipes.ts';
import { freezeExcept } from './train-parts.ts';

/** Training and validation data of a run. */
export interface PlanData {
  train: BatchSource;
  /** without it the last weights are kept */
  valid?: BatchSource | null | undefined;
  /** fraction of the images that the `paper` augmentation changes (default 0.5, as for FER+; the paper has 0.45 for RAF-DB) */
  augmentedShare?: number | undefined;
}

/** A run, ready for `fit(model, options)`. */
export interface Plan<Model extends Classifier = Classifier> {
  model: Model;
  options: PlannedOptions;
  /** the recipe with all defaults filled in */
  settings: SettledRecipe;
  /** Frees the memory of the loss and the optimizer, but not the model. */
  dispose(): void;
}

/** The options of `fit` that a plan determines. */
export type PlannedOptions = FitOptions & {
  /** a `SoftmaxCenterLoss` if the recipe's `lambda` is above 0 */
  loss: CrossEntropyLoss | SoftmaxCenterLoss;
  /** a `SAM` if the recipe's `sam` is above 0 */
  optimizer: AnyOptimizer;
  schedule: Schedule;
};

/**
 * Plans a training run: from a device or model, images and a recipe to the options of `fit`.
 *
 * @param target a device, on which a FerMobileNetV3 is created as the recipe specifies, or a model that is on a device; in
 * that case the recipe's `model`, `variant`, `dropout`, `bnMomentum` and `zeroInitResidual` are not used
 * @param data a source, of which `validationSplit` is held out for validation, or `{ train, valid }`
 * @param recipe settings that differ from the defaults, such as `{ ...RECIPES.feathergrad, epochs: 10 }`
 * @throws Error, RangeError for settings that are unknown, out of range, contradict one another or do not fit the data
 */
export function plan(
  target: Device,
  data: BatchSource | PlanData,
  recipe?: Partial<Recipe>,
  naming?: { named?: Naming },
): Plan<FerMobileNetV3>;
export function plan<Model extends Classifier>(
  target: Model,
  data: BatchSource | PlanData,
  recipe?: Partial<Recipe>,
  naming?: { named?: Naming },
): Plan<Model>;
export function plan(
  target: Device | Classifier,
  data: BatchSource | PlanData,
  recipe: Partial<Recipe> = {},
  { named }: { named?: Naming } = {},
): Plan {
  checkValue('plan', 'data', data, objectRule);
  const isDrawn = ('train' in data ? data.train : data) instanceof DrawnFaceSource;
  checkRecipe(recipe, { isDrawn }, named);
  const seed = recipe.seed ?? settleRecipe(recipe, { images: 0, isDrawn }).seed;
  const sources: PlanData = 'train' in data ? data : holdOut(data, { ...recipe, seed });
  const { train, valid, augmentedShare } = sources;
  const settings = settleRecipe(recipe, { images: train.length, isDrawn });
  const { batch, accumulate, recompute, epochs, side, ema, mirror, mixup, augmentation, earlyStop } =
    settings;
  expectSource('plan', train);
  checkBatchIsFilled('', train.length, batch, named);
  const model = target instanceof Device ? networkFor(train, settings).to(target, { seed }) : target;
  freezeExcept(model, settings.train);
  const { loss, free } = makeLoss(model, train, settings);
  const optimizer = makeOptimizer(model, settings);
  const options: PlannedOptions = {
    train,
    ...(valid && { valid }),
    loss,
    optimizer,
    schedule: makeSchedule(settings),
    epochs,
    batch,
    accumulate,
    recompute,
    side,
    seed,
    augmentation:
      augmentation === 'paper' ? paperAugmentation(augmentedShare) : augmentationNamed(augmentation),
    targets: train.hasTargets ? 'distribution' : 'labels',
    mixup,
    ema,
    mirror,
    ...(earlyStop > 0 && { earlyStop }),
  };
  return {
    model,
    options,
    settings,
    dispose() {
      free();
      optimizer.dispose();
    },
  };
}

/**
 * Splits a source for training and validation. For photos, a random fraction of each class is held out; for drawn
 * faces, the validation set shows other people.
 */
export function holdOut(
  source: BatchSource,
  recipe: Partial<Recipe> = {},
): { train: BatchSource; valid: BatchSource | null } {
  expectSource('holdOut', source);
  const isDrawn = source instanceof DrawnFaceSource;
  const { validationSplit: share, seed } = settleRecipe(recipe, { images: source.length, isDrawn });
  if (isDrawn) {
    const length = Math.round(share * source.length);
    return {
      train: source,
      valid: length > 0 ? new DrawnFaceSource({ seed: validationSeed(source.seed), length }) : null,
    };
  }
  if (share === 0 || !isSplittable(source)) return { train: source, valid: null };
  if (source.length === source.classNames.length) {
    throw new Error(
      'there is only one image per class, so none can be held out for validation. Add images, or hold out none (validationSplit 0).',
    );
  }
  const [train, valid] = source.split(share, seed);
  return { train, valid };
}

/** A source that can be split by class, such as `PictureSource` and `PictureStream`. */
interface Splittable extends BatchSource {
  split(share: number, seed: number): [BatchSource, BatchSource];
}

const isSplittable = (source: BatchSource): source is Splittable => 'split' in source;

/** Seed of a drawn validation set, whose people are not in the training set. */
const validationSeed = (seed: number): number => (seed ^ 0x5eed5eed) >>> 0;

/** Other networks are passed in, so that a page loads only the one it uses. */
function networkFor(train: BatchSource, settings: SettledRecipe): FerMobileNetV3 {
  if (settings.model !== 'fer_mobilenetv3') {
    throw new Error(
      `plan: model: got ${settings.model} with a device, expected the network itself, on a device. Pass ` +
        "modelFor(settleRecipe(recipe, { images, isDrawn }), train).to(device), with modelFor of 'feathergrad/models'.",
    );
  }
  const { variant, dropout, bnMomentum, side, zeroInitResidual, mirror } = settings;
  const { classNames: classes, color = 'rgb' } = train;
  return new FerMobileNetV3({
    classes,
    variant,
    dropout,
    bnMomentum,
    side,
    zeroInitResidual,
    mirror, // predict uses the same setting as validation
    color,
  });
}

function makeOptimizer(model: Classifier, settings: SettledRecipe): AnyOptimizer {
  const { optimizer, learningRate, weightDecay, clipNorm, sam: rho } = settings;
  const options = { learningRate, weightDecay, clipNorm };
  const make = {
    sgd: () => new SGD(model, { ...options, momentum: 0.9, nesterov: true }),
    adam: () => new Adam(model, options),
    adamw: () => new AdamW(model, options),
    rmsprop: () => new RMSprop(model, { ...options, momentum: 0.9 }),
  };
  const inner = make[optimizer]();
  return rho > 0 ? new SAM(inner, { rho }) : inner;
}

function makeSchedule({ schedule, learningRate, warmupSteps, epochs }: SettledRecipe): Schedule {
  switch (schedule) {
    case 'cosine':
      return new CosineAnnealingLR(learningRate, { warmupSteps });
    case 'plateau':
      return new ReduceLROnPlateau(learningRate);
    case 'step':
      return new StepLR(learningRate, { stepSize: stepSizeOf(epochs) });
    case 'onecycle':
      return new OneCycleLR(learningRate);
    case 'constant':
      return new ConstantLR(learningRate);
  }
}

/** Epochs between two reductions of the `step` schedule: a third of the run. */
export function stepSizeOf(epochs: number): number {
  return Math.max(1, Math.ceil(epochs / 3));
}

function makeLoss(
  model: Classifier,
  train: BatchSource,
  settings: SettledRecipe,
): { loss: CrossEntropyLoss | SoftmaxCenterLoss; free(): void } {
  const { lambda, center: kind, over, labelSmoothing, balance, seed } = settings;
  const classes = train.classNames.length;
  if (balance > 0 && !train.labels) {
    throw new Error(
      'balance needs labels that are known before training, but this source has none. Omit balance.',
    );
  }
  const weights =
    balance > 0 && train.labels
      ? tensor(
          model.device,
          classWeights(
            train.labels.filter((label) => label !== UNLABELED),
            classes,
            balance,
          ),
        )
      : null;
  const options = { labelSmoothing, ...(weights && { weight: weights }) };
  if (lambda === 0) return { loss: new CrossEntropyLoss(options), free: () => weights?.dispose() };
  const width = 'embeddingWidth' in model ? Number(model.embeddingWidth) : classes;
  const loss = new SoftmaxCenterLoss(classes, width, { ...options, lambda, kind, over });
  loss.to(model.device, { seed });
  return {
    loss,
    free() {
      weights?.dispose();
      loss.center?.dispose();
    },
  };
}
