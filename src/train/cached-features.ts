// The features of a frozen body, computed once. See `cacheFeatures`.
import type { BatchReader } from '../data/batch-source.ts';
import { writeTime } from '../gpu/write-log.ts';
import { batchStatisticsOf } from '../layers/batch-statistics.ts';
import type { Module } from '../layers/module.ts';
import { observe } from '../layers/observe.ts';
import { ModuleBuffer } from '../layers/parameter.ts';
import { asLoss } from '../loss/loss.ts';
import { copyInto } from '../tensor/accumulate.ts';
import { keep, scope } from '../tensor/scope.ts';
import { sizeOf } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { type Classifier, logitsAndEmbedding, type Outputs } from './classifier.ts';
import { FeatureSplit } from './feature-split.ts';
import { computeTable, FeatureReader, loadFrom } from './feature-table.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** Maximum size of the cache, in bytes; the limits of a device may be lower. */
const MOST_BYTES = 2 ** 28;

/** The features of all images of a source, and the part of the model that is trained on them. */
export interface FeatureCache {
  /** makes batches whose `images` are features */
  readonly reader: BatchReader;
  /** the first trained module, whose input the features are */
  readonly head: Module;
  /** Computes logits and embedding from a batch of features. */
  forward(features: Tensor): Outputs;
  /** Returns whether the same modules are frozen, with the same values, as when the features were computed. */
  isCurrent(): boolean;
}

/**
 * Computes the input of the first trained module for every image of a source, if the modules before it are frozen and
 * each epoch has the same images: no augmentation, no mixup, a source of fixed length. Returns null otherwise, if the
 * features exceed `MOST_BYTES`, or if the model also uses the images or frozen modules in another way.
 *
 * A taped run of the first batch finds the module: its input needs no gradient, its output does. The rest of the model
 * then runs on that input while each module before it is replaced by one that returns NaN, and must compute the logits
 * of the whole model bit for bit.
 */
export async function cacheFeatures(
  model: Classifier,
  options: TrainingStepOptions,
): Promise<FeatureCache | null> {
  const { train, augmentation, mixup = 0, batch, accumulate = 1, side, cacheFeatures = true } = options;
  if (asLoss(options.loss).needsImages) return null;
  if (batchStatisticsOf(model)) return null; // the features of an image depend on the others in its batch
  if (!cacheFeatures || augmentation || mixup > 0 || train.order !== 'shuffle') return null;
  if (![...model.namedModules()].some(([, module]) => module.isFrozen && module.parameters().length > 0))
    return null;
  const { device } = model;
  const part = batch / accumulate;
  const reader = train.open(device, { batch: part, side, color: model.color });
  const buffers = model.arenas.buffers.flat;
  const before = scope(() => keep(empty(device, buffers.shape)));
  noGrad(() => copyInto(before, buffers));
  let since = 0;
  try {
    await loadFrom(reader, train, part, 0);
    const split = await findSplit(model, reader, () => noGrad(() => copyInto(buffers, before)));
    const bytes = split ? (4 * train.length * sizeOf(split.shape)) / part : Number.POSITIVE_INFINITY;
    if (!split || bytes > Math.min(MOST_BYTES, device.limits.maxStorageBufferBindingSize)) {
      split?.dispose();
      return null;
    }
    const state = stateOf(model);
    const table = await computeTable(model, options, reader, split, part).catch((error: unknown) => {
      split.dispose();
      throw error;
    });
    if (!table) {
      split.dispose();
      return null;
    }
    return {
      reader: new FeatureReader(table, split, part),
      head: split.head,
      forward: (features) => split.forward(features),
      isCurrent: () => stateOf(model) === state && !split.body.some((value) => isWritten(value, since)),
    };
  } finally {
    noGrad(() => copyInto(buffers, before));
    since = writeTime();
    before.dispose();
    reader.dispose();
  }
}

/** Returns whether a tensor was written after a time. */
function isWritten({ storage, byteOffset, byteLength }: Tensor, since: number): boolean {
  return storage.writes.after(since, byteOffset, byteOffset + byteLength) !== null;
}

/** Returns a text that changes when other modules or parameters are frozen. */
function stateOf(model: Module): string {
  const modules = [...model.namedModules()].map(([, { isFrozen, training }]) => `${isFrozen}${training}`);
  const parameters = model.parameters().map(({ requiresGrad }) => requiresGrad);
  return [...modules, ...parameters].join();
}

/** Finds the first trained module. `restore` undoes what a forward pass changes in buffers, such as counters. */
async function findSplit(
  model: Classifier,
  reader: BatchReader,
  restore: () => void,
): Promise<FeatureSplit | null> {
  const candidates: { module: Module; input: Tensor }[] = [];
  const watch = (module: Module, output: Tensor, input: Tensor) => {
    const changes = module.training && Object.values(module).some((value) => value instanceof ModuleBuffer);
    if (!input.requiresGrad && (output.requiresGrad || changes)) {
      candidates.push({ module, input: keep(input.alias()) });
    }
  };
  const logits = scope(() => {
    const { images } = reader.record();
    const { logits } = observe(watch, () => logitsAndEmbedding(model, images));
    return keep(logits.detach());
  });
  restore();
  const data = (await logits.data()) as Float32Array;
  // the NaN of a replaced module would not be noticed among other NaN
  const areFinite = data.every(Number.isFinite);
  const expected = words(data);
  const part = logits.shape[0] as number;
  let found: FeatureSplit | null = null;
  for (const { module, input } of candidates) {
    if (!found && areFinite && module !== model && input.shape[0] === part && input.dtype === 'f32') {
      const images = scope(() => reader.record().images.shape);
      const split = new FeatureSplit(model, module, input.shape, images);
      const got = await split.logitsOf(input);
      restore();
      if (got && words(got).join() === expected.join()) found = split;
      else split.dispose();
    }
    input.dispose();
  }
  logits.dispose();
  return found;
}

const words = (data: ArrayBufferView): Uint32Array => new Uint32Array(data.buffer as ArrayBuffer);
