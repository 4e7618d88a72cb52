import type { Batch, BatchReader, BatchSource } from '../data/batch-source.ts';
import * as kernels from '../kernels/index.ts';
import { copyBox } from '../tensor/ops/strided.ts';
import { keep, scope } from '../tensor/scope.ts';
import type { Shape } from '../tensor/shape.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Classifier } from './classifier.ts';
import type { FeatureSplit } from './feature-split.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** Loads `part` images from index `start`, from the first one again after the last. */
export async function loadFrom(
  reader: BatchReader,
  { length }: BatchSource,
  part: number,
  start: number,
): Promise<void> {
  const indices = Array.from({ length: part }, (_, i) => (start + i) % length);
  await reader.prepare?.(indices);
  reader.load(indices);
}

/** The features, labels and targets of all images of a source. */
export interface FeatureTable {
  images: Tensor;
  labels: Tensor;
  targets: Tensor | null;
}

/** Runs the body over the whole source; returns null if `signal` stops it. */
export async function computeTable(
  model: Classifier,
  { train, signal }: TrainingStepOptions,
  reader: BatchReader,
  split: FeatureSplit,
  part: number,
): Promise<FeatureTable | null> {
  const { device } = model;
  const { length } = train;
  let table: FeatureTable | null = null;
  const make = (like: Tensor) =>
    device.withOwner('data', () =>
      scope(() => keep(empty(device, [length, like.size / part], like.dtype, 'cached features', 'data'))),
    );
  try {
    for (let start = 0; start < length; start += part) {
      await loadFrom(reader, train, part, start);
      scope(() =>
        noGrad(() => {
          const { images, labels, targets } = reader.record();
          const features = split.featuresOf(images);
          table ??= { images: make(features), labels: make(labels), targets: targets ? make(targets) : null };
          const rows = Math.min(part, length - start);
          for (const [from, to] of [
            [features, table.images],
            [labels, table.labels],
            [targets, table.targets],
          ] as const) {
            if (!from || !to) continue;
            const width = from.size / part;
            copyBox(
              'cached features',
              [rows * width],
              { tensor: from, start: 0, strides: [1] },
              { tensor: to, start: start * width, strides: [1] },
            );
          }
          features.dispose();
        }),
      );
      await device.sync(); // otherwise the images of all batches would be in memory
      if (signal?.aborted) {
        disposeTable(table);
        return null;
      }
    }
  } catch (error) {
    disposeTable(table);
    throw error;
  }
  return table;
}

function disposeTable(table: FeatureTable | null): void {
  for (const tensor of Object.values(table ?? {})) tensor?.dispose();
}

/** Makes batches from the rows of a table. */
export class FeatureReader implements BatchReader {
  private readonly table: FeatureTable;
  private readonly split: FeatureSplit;
  private readonly indices: Tensor;

  constructor(table: FeatureTable, split: FeatureSplit, part: number) {
    this.table = table;
    this.split = split;
    const { device } = table.images;
    this.indices = scope(() => keep(empty(device, [part], 'u32', 'indices', 'data')));
    this.indices.write(new Uint32Array(part));
  }

  record(): Batch {
    const { images, labels, targets } = this.table;
    const part = this.indices.size;
    return {
      images: this.rows(images, this.split.shape),
      labels: this.rows(labels, [part]),
      targets: targets ? this.rows(targets, [part, targets.shape[1] as number]) : undefined,
    };
  }

  load(indices: readonly number[]): void {
    this.indices.write(indices);
  }

  dispose(): void {
    disposeTable(this.table);
    this.indices.dispose();
    this.split.dispose();
  }

  private rows(table: Tensor, shape: Shape): Tensor {
    const [rows, width] = table.shape as [number, number];
    const y = empty(table.device, shape, table.dtype, 'cached features');
    table.device.dispatch(kernels.gatherRows, {
      label: 'cached features',
      bind: { table, indices: this.indices, y },
      params: { rows, width, count: y.size },
      threads: y.size,
    });
    return y;
  }
}
