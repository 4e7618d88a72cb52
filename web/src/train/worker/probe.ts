import {
  type Capture,
  type CenterLoss,
  type ImageClassifier,
  noGrad,
  type PlannedOptions,
  scope,
  softmax,
  type Tensor,
} from 'feathergrad';
import type { BatchReader, BatchSource } from 'feathergrad/data';
import { type AttentionTensor, withAttention } from '../../lib/attention.ts';
import type { Probe } from '../messages.ts';
import { project } from './projection.ts';

interface Outputs {
  probabilities: Tensor;
  embedding: Tensor;
  maps: AttentionTensor[];
}

/** Runs the network on a fixed set of validation faces, repeatedly during training. */
export class FaceProbe {
  readonly indices: readonly number[];
  private readonly model: ImageClassifier;
  /** learned centers over the embedding, if the loss has any */
  private readonly center: CenterLoss | null;
  private readonly reader: BatchReader;
  private readonly capture: Capture<Outputs>;
  private before: Float32Array | null = null;

  private constructor(
    model: ImageClassifier,
    center: CenterLoss | null,
    reader: BatchReader,
    capture: Capture<Outputs>,
    indices: readonly number[],
  ) {
    this.model = model;
    this.center = center;
    this.reader = reader;
    this.capture = capture;
    this.indices = indices;
  }

  static async create(
    model: ImageClassifier,
    loss: PlannedOptions['loss'],
    source: BatchSource,
    { most, side }: { most: number; side: number },
  ): Promise<FaceProbe> {
    const indices = probedIndices(source, most);
    const reader = source.open(model.device, { batch: indices.length, side, color: model.color });
    const wasTraining = model.training;
    model.eval();
    try {
      const capture = await model.device.capture(() =>
        scope(() =>
          noGrad(() => {
            const { images } = reader.record();
            const { result, maps } = withAttention(model, () => model.forwardWithEmbedding(images));
            return { probabilities: softmax(result.logits), embedding: result.embedding, maps };
          }),
        ),
      );
      return new FaceProbe(model, learnedCenters(loss), reader, capture, indices);
    } catch (error) {
      reader.dispose();
      throw error;
    } finally {
      model.train(wasTraining);
    }
  }

  /** Runs the network with its current weights. */
  async run(step: number): Promise<Probe> {
    const { model, capture, center } = this;
    this.reader.load(this.indices);
    const { probabilities, embedding, maps } = capture.run();
    const wanted = [probabilities, embedding, ...maps.map(({ map }) => map)];
    if (center) wanted.push(center.centers.value);
    const read = (await model.device.read(wanted)).map((bytes) => new Float32Array(bytes));
    const [p, points, ...rest] = read as [Float32Array, Float32Array, ...Float32Array[]];
    const count = this.indices.length;
    const width = points.length / count;
    const centers = center ? (rest.pop() as Float32Array) : null;
    const extra = centers && { points: centers, count: centers.length / width };
    const placed = project(points, count, width, this.before, extra);
    this.before = placed.positions.slice();
    return {
      step,
      probabilities: p,
      positions: placed.positions,
      centers: placed.extra,
      attention: maps.map(({ block, map }, i) => ({
        block,
        height: map.shape[1] as number,
        width: map.shape[2] as number,
        values: rest[i] as Float32Array,
      })),
    };
  }

  dispose(): void {
    const { probabilities, embedding, maps } = this.capture.outputs;
    for (const tensor of [probabilities, embedding, ...maps.map(({ map }) => map)]) tensor.dispose();
    this.capture.dispose();
    this.reader.dispose();
  }
}

/** Returns up to `most` indices, evenly distributed over the source. */
export function probedIndices(source: BatchSource, most: number): number[] {
  const count = Math.min(most, source.length);
  const stride = source.order === 'endless' ? 1 : Math.max(1, Math.floor(source.length / count));
  return Array.from({ length: count }, (_, i) => i * stride);
}

function learnedCenters(loss: PlannedOptions['loss']): CenterLoss | null {
  if (!('center' in loss)) return null;
  return loss.center?.kind === 'learned' && loss.over === 'embedding' ? loss.center : null;
}
