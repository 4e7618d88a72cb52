import {
  argMax,
  backward,
  cast,
  concat,
  crossEntropy,
  type Device,
  div,
  equal,
  Hardswish,
  keep,
  Linear,
  mean,
  noGrad,
  reshape,
  Sequential,
  SGD,
  scope,
  sub,
  type Tensor,
  tensor,
} from 'feathergrad';
import { DrawnFaces } from 'feathergrad/data';
import { pause } from '../../lib/breathe.ts';

/** Pixels along each side of a face, number of expressions, and pictures for the validation. */
export const SIDE = 24;
const EXPRESSIONS = [0, 3]; // surprise and happiness
export const CLASSES = EXPRESSIONS.length;
export const VALIDATED = 200;
/** Steps of a training run, and steps between two points of the curves. */
export const STEPS = 300;
export const EVERY = 10;
export const MOMENTUM = 0.9;
/** Loss of a network that guesses: each of the classes has the same probability. */
export const GUESSING = Math.log(CLASSES);

export interface Settings {
  /** numbers in the middle of the network */
  width: number;
  learningRate: number;
  weightDecay: number;
  /** training pictures */
  pictures: number;
  /** gives the training pictures labels that do not depend on the picture */
  isShuffled?: boolean;
}

/** The losses and accuracies after some steps. */
export interface Point {
  step: number;
  trainLoss: number;
  trainAccuracy: number;
  validationLoss: number;
  validationAccuracy: number;
}

interface Pictures {
  /** [count, SIDE * SIDE], gray, each picture with mean 0 */
  x: Tensor;
  labels: Tensor;
}

/** Draws gray pictures, the same people with each expression; two seeds never give the same person. */
function draw(device: Device, seed: number, count: number): Pictures {
  const faces = new DrawnFaces(device, { seed, side: SIDE });
  const each = count / CLASSES;
  const images = concat(
    EXPRESSIONS.map((label) => faces.batch(0, each, { label }).images),
    0,
  );
  const gray = reshape(mean(images, 3), [count, SIDE * SIDE]);
  const labels = Uint32Array.from({ length: count }, (_, i) => Math.floor(i / each));
  return { x: div(sub(gray, mean(gray, 1, true)), 0.2), labels: tensor(device, labels) };
}

/** Labels 0, 1, 2 ... in turn, which have nothing to do with the pictures. */
const alternating = (count: number) => Uint32Array.from({ length: count }, (_, i) => i % CLASSES);

function losses(model: Sequential, { x, labels }: Pictures): Tensor[] {
  const logits = model.call(x);
  const accuracy = mean(cast(equal(argMax(logits, 1), labels), 'f32'));
  return [crossEntropy(logits, labels), accuracy].map((one) => reshape(one, [1]));
}

/**
 * Trains a network with one hidden layer on all pictures at once, by SGD with momentum, and returns the curves.
 * @param isStale returns whether the result is not needed anymore; the run then ends early
 */
export async function train(
  device: Device,
  { width, learningRate, weightDecay, pictures, isShuffled = false }: Settings,
  isStale: () => boolean = () => false,
): Promise<Point[]> {
  await pause();
  const [training, validation] = scope(() =>
    [draw(device, 5, pictures), draw(device, 6, VALIDATED)].map(({ x, labels }) => ({
      x: keep(x),
      labels: keep(labels),
    })),
  ) as [Pictures, Pictures];
  if (isShuffled) training.labels.write(alternating(pictures));
  await pause();
  const model = new Sequential(
    new Linear(SIDE * SIDE, width),
    new Hardswish(),
    new Linear(width, CLASSES),
  ).to(device, { seed: 1 });
  const optimizer = new SGD(model, { learningRate, weightDecay, momentum: MOMENTUM });
  const work = await device.capture(() =>
    scope(() => {
      model.zeroGrad();
      backward(crossEntropy(model.call(training.x), training.labels));
      optimizer.step();
    }),
  );
  const view = await device.capture(() =>
    scope(() => noGrad(() => concat([...losses(model, training), ...losses(model, validation)], 0))),
  );
  try {
    const points: Point[] = [];
    for (let step = 0; step <= STEPS && !isStale(); step += EVERY) {
      view.run();
      const [trainLoss, trainAccuracy, validationLoss, validationAccuracy] =
        (await view.outputs.data()) as unknown as [number, number, number, number];
      points.push({ step, trainLoss, trainAccuracy, validationLoss, validationAccuracy });
      if (step < STEPS) for (let i = 0; i < EVERY; i++) work.run();
    }
    return points;
  } finally {
    view.outputs.dispose();
    for (const one of [view, work, optimizer, model]) one.dispose();
    for (const { x, labels } of [training, validation]) {
      x.dispose();
      labels.dispose();
    }
  }
}

/** Returns the gray values of the first pictures of a training set of twenty, [20, SIDE * SIDE], in 0..1. */
export async function twentyFaces(device: Device): Promise<Float32Array> {
  using x = scope(() => draw(device, 5, 20).x);
  return (await x.data()).map((value) => 0.55 + 0.2 * value) as Float32Array;
}
