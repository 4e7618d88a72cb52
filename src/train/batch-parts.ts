import type { Capture } from '../gpu/capture.ts';
import type { Loss } from '../loss/loss.ts';
import { addInPlace, copyInto, fillWith } from '../tensor/accumulate.ts';
import { zeros } from '../tensor/create.ts';
import { concat } from '../tensor/ops/concat.ts';
import { keep, scope } from '../tensor/scope.ts';
import { noGrad } from '../tensor/tape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Classifier } from './classifier.ts';
import { partOf, type StepInput } from './step-input.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** The metrics of one part of a batch, and its tensors for the update of the loss. */
export type PartOutputs = { numbers: Tensor; logits?: Tensor; embedding?: Tensor };

/** State shared by all parts of a batch, with gradient accumulation. */
export class BatchParts {
  /** u32 [part], one per part */
  readonly labels: readonly Tensor[];
  /** the labels of the part loaded last, for sources that do not list their labels */
  readonly ofPart: Capture<{ labels: Tensor }> | null;
  private numbers: Tensor | null = null;
  private readonly logits: Tensor[] = [];
  private readonly embedding: Tensor[] = [];

  private constructor(labels: readonly Tensor[], ofPart: BatchParts['ofPart']) {
    this.labels = labels;
    this.ofPart = ofPart;
  }

  static async create(
    model: Classifier,
    options: TrainingStepOptions,
    { reader }: StepInput,
  ): Promise<BatchParts> {
    const { accumulate = 1, train } = options;
    const { device } = model;
    const ofPart = train.labels
      ? null
      : await device.capture(() => scope(() => ({ labels: reader.record().labels.alias() })));
    const make = () => scope(() => keep(empty(device, [partOf(options)], 'u32', 'labels', 'data')));
    return new BatchParts(Array.from({ length: accumulate }, make), ofPart);
  }

  /** Allocates memory for the outputs of the parts. */
  prepare(outputs: PartOutputs): void {
    const make = ({ device, shape }: Tensor) => scope(() => keep(zeros(device, shape)));
    this.numbers = make(outputs.numbers);
    for (const _ of this.labels) {
      if (outputs.logits) this.logits.push(make(outputs.logits));
      if (outputs.embedding) this.embedding.push(make(outputs.embedding));
    }
  }

  /** Sums of the parts' metrics. */
  get sums(): Tensor {
    return this.numbers as Tensor;
  }

  /** Sets the sums to 0. */
  clear(): void {
    fillWith(this.sums, 0);
  }

  /** Stores the outputs of part `i`. */
  keep(i: number, { numbers, logits, embedding }: PartOutputs): void {
    addInPlace(this.sums, numbers);
    if (logits) copyInto(this.logits[i] as Tensor, logits);
    if (embedding) copyInto(this.embedding[i] as Tensor, embedding);
  }

  /** The labels of the whole batch, u32 [batch]. */
  allLabels(): Tensor {
    return noGrad(() => concat(this.labels, 0));
  }

  /** Records the update of the loss with the whole batch. */
  update(loss: Loss): void {
    if (!loss.update || this.logits.length === 0) return;
    const logits = concat(this.logits, 0);
    const embedding = this.embedding.length > 0 ? concat(this.embedding, 0) : logits;
    const labels = this.allLabels();
    loss.update(logits, { embedding, labels, allLabels: labels });
  }

  dispose(): void {
    for (const tensor of [...this.labels, ...this.logits, ...this.embedding]) tensor.dispose();
    this.numbers?.dispose();
    this.ofPart?.outputs.labels.dispose();
    this.ofPart?.dispose();
  }
}
