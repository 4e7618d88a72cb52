import type { BatchSource } from '../data/batch-source.ts';
import type { Device } from '../gpu/device.ts';
import type { Module } from '../layers/module.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';

export interface Evaluation {
  /** mean cross-entropy */
  loss: number;
  accuracy: number;
  count: number;
  confusion: ConfusionMatrix;
  /** probabilities [count * classes], and labels, in the source's order */
  probabilities: Float32Array;
  labels: Uint32Array;
}

/** A recorded evaluation pass, used again each epoch. */
export class Evaluator {
  private readonly device: Device;
  private readonly source: BatchSource;
  private readonly batch: number;
  private readonly open: Awaited<ReturnType<typeof record>>;

  private constructor(device: Device, source: BatchSource, batch: number, open: Evaluator['open']) {
    this.device = device;
    this.source = source;
    this.batch = batch;
    this.open = open;
  }

  /** Records the network in evaluation mode; its mode is as before afterwards. */
  static async create(
    model: Module,
    source: BatchSource,
    options: { batch: number; side: number },
  ): Promise<Evaluator> {
    const batch = Math.min(options.batch, source.length);
    const open = await record(model, source, { batch, side: options.side });
    return new Evaluator(model.device, source, batch, open);
  }

  /** Runs over the whole source with the model's present weights. */
  async run(): Promise<Evaluation> {
    const { source, batch } = this;
    const { reader, capture } = this.open;
    const classes = source.classNames.length;
    const probabilities = new Float32Array(source.length * classes);
    const labels = new Uint32Array(source.length);
    const confusion = new ConfusionMatrix(classes);
    let loss = 0;
    let pending: { start: number; read: Promise<ArrayBuffer[]> } | null = null;
    const finish = async (): Promise<void> => {
      if (!pending) return;
      const { start, read } = pending;
      const [logits, truth] = (await read) as [ArrayBuffer, ArrayBuffer];
      const count = Math.min(batch, source.length - start);
      labels.set(new Uint32Array(truth, 0, count), start);
      for (let i = 0; i < count; i++) {
        const row = new Float32Array(logits, 4 * i * classes, classes);
        const label = labels[start + i] as number;
        const p = softmaxOf(row);
        probabilities.set(p, (start + i) * classes);
        loss -= logSoftmaxAt(row, label);
        confusion.add(label, indexOfMax(row));
      }
    };
    for (let start = 0; start < source.length; start += batch) {
      // the last batch is filled up; the surplus is not counted
      reader.load(Array.from({ length: batch }, (_, i) => indexIn(source, start + i)));
      const { logits, labels: truth } = capture.run();
      const read = this.device.read([logits, truth]);
      await finish();
      pending = { start, read };
    }
    await finish();
    return {
      loss: loss / source.length,
      accuracy: confusion.accuracy,
      count: source.length,
      confusion,
      probabilities,
      labels,
    };
  }

  dispose(): void {
    for (const output of Object.values(this.open.capture.outputs)) output.dispose();
    this.open.capture.dispose();
    this.open.reader.dispose();
  }
}

/** Accuracy, loss and confusion matrix of a model over a source. */
export async function evaluate(
  model: Module,
  source: BatchSource,
  options: { batch: number; side: number },
): Promise<Evaluation> {
  const evaluator = await Evaluator.create(model, source, options);
  try {
    return await evaluator.run();
  } finally {
    evaluator.dispose();
  }
}

async function record(model: Module, source: BatchSource, options: { batch: number; side: number }) {
  const reader = source.open(model.device, options);
  const wasTraining = model.training;
  model.eval();
  try {
    const capture = await model.device.capture(() =>
      scope(() =>
        noGrad(() => {
          const { images, labels } = reader.record();
          return { logits: model.call(images), labels: labels.alias() };
        }),
      ),
    );
    return { reader, capture };
  } catch (error) {
    reader.dispose();
    throw error;
  } finally {
    model.train(wasTraining);
  }
}

function indexIn(source: BatchSource, index: number): number {
  return source.order === 'endless' ? index : Math.min(index, source.length - 1);
}

function indexOfMax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] as number) > (row[best] as number)) best = i;
  return best;
}

function logSumExp(row: Float32Array): number {
  const top = row[indexOfMax(row)] as number;
  return top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
}

function softmaxOf(row: Float32Array): Float32Array {
  const log = logSumExp(row);
  return row.map((v) => Math.exp(v - log));
}

function logSoftmaxAt(row: Float32Array, label: number): number {
  return (row[label] as number) - logSumExp(row);
}
