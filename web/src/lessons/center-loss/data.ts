import { type Device, div, gatherRows, keep, reshape, scope, sub, type Tensor, tensor } from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';

export type DataKind = 'points' | 'faces';

/** Labeled examples: new ones for each training step, and a fixed set for the figure. */
export interface Data {
  readonly names: readonly string[];
  readonly batch: number;
  /** records a batch; `load` chooses its contents */
  record(): { x: Tensor; labels: Tensor };
  /** chooses the batch of a step */
  load(step: number): void;
  /** examples that are not trained on, as in `record` */
  readonly shown: { x: Tensor; labels: Tensor };
  readonly shownLabels: Uint32Array;
  dispose(): void;
}

const CLASSES = 5;
const ARMS = ['Arm A', 'Arm B', 'Arm C', 'Arm D', 'Arm E'];
const FACE_SIDE = 24;

export async function openData(device: Device, kind: DataKind): Promise<Data> {
  return kind === 'points' ? points(device) : faces(device);
}

/** Five arms of a pinwheel in the plane, which cannot be separated by straight lines. */
function points(device: Device): Data {
  const [batch, train, shown] = [64, 1280, 240];
  const { places, labels } = pinwheel(train + shown);
  const kept = scope(() => ({
    places: keep(tensor(device, places.slice(0, 2 * train), { shape: [train, 2] })),
    labels: keep(tensor(device, Float32Array.from(labels.slice(0, train)), { shape: [train, 1] })),
    indices: keep(tensor(device, new Uint32Array(batch))),
    labelsNow: keep(tensor(device, new Uint32Array(batch))),
    x: keep(tensor(device, places.slice(2 * train), { shape: [shown, 2] })),
    shownLabels: keep(tensor(device, labels.slice(train))),
  }));
  return {
    names: ARMS,
    batch,
    record: () => ({ x: gatherRows(kept.places, kept.indices), labels: reshape(kept.labelsNow, [batch]) }),
    load(step) {
      // 37 and 1280 have no common factor: each point occurs once per round
      const indices = Uint32Array.from({ length: batch }, (_, i) => ((step * batch + i) * 37) % train);
      kept.indices.write(indices);
      kept.labelsNow.write(indices.map((i) => labels[i] as number));
    },
    shown: { x: kept.x, labels: kept.shownLabels },
    shownLabels: labels.slice(train),
    dispose: () => disposeAll(kept),
  };
}

/** Drawn faces; each one occurs only once. */
async function faces(device: Device): Promise<Data> {
  const [batch, shown] = [48, 160];
  const drawn = new DrawnFaces(device, { seed: 5, side: FACE_SIDE, classes: CLASSES });
  const others = new DrawnFaces(device, { seed: 6, side: FACE_SIDE, classes: CLASSES });
  const centered = (images: Tensor) => div(sub(images, 0.5), 0.25);
  const kept = scope(() => {
    const { images, labels } = others.batch(0, shown);
    return {
      first: keep(tensor(device, new Uint32Array(1))),
      x: keep(centered(images)),
      labels: keep(labels),
    };
  });
  return {
    names: drawn.labelNames,
    batch,
    record() {
      const { images, labels } = drawn.batch(kept.first, batch);
      return { x: centered(images), labels };
    },
    load: (step) => kept.first.write([step * batch]),
    shown: kept,
    shownLabels: (await kept.labels.data()) as Uint32Array,
    dispose: () => disposeAll(kept),
  };
}

function disposeAll(tensors: Record<string, Tensor>): void {
  for (const one of Object.values(tensors)) one.dispose();
}

/** Returns `count` points on five spiral arms, the same points every time. */
function pinwheel(count: number): { places: Float32Array<ArrayBuffer>; labels: Uint32Array<ArrayBuffer> } {
  const places = new Float32Array(2 * count);
  const labels = new Uint32Array(count);
  const random = generator(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (let i = 0; i < count; i++) {
    const label = i % CLASSES;
    const radius = 0.35 + 1.5 * random();
    const angle = (2 * Math.PI * label) / CLASSES + 0.9 * radius + 0.13 * normal();
    places[2 * i] = radius * Math.cos(angle);
    places[2 * i + 1] = radius * Math.sin(angle);
    labels[i] = label;
  }
  return { places, labels };
}

/** Numbers in [0, 1): Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
