import {
  CoordinateAttention,
  type Device,
  div,
  FerMobileNetV3,
  keep,
  matmul,
  mean,
  mul,
  noGrad,
  observe,
  reshape,
  scope,
  softmax,
  sub,
  type Tensor,
  tensor,
} from 'feathergrad';
import { DrawnFaces, EXPRESSIONS } from 'feathergrad/data';
import { pause } from '../../lib/breathe.ts';
import { rgbImage } from '../pieces/pixels.tsx';
import type { Stage } from './blocks.ts';

/** The weights: initial ones for training, or the built-in ones (FER+). */
export type Weights = 'new' | 'ferplus';

/** The maps of a stage: [height, width, channels]; a vector is 1 x 1. */
export interface Maps {
  height: number;
  width: number;
  channels: number;
  values: Float32Array;
  /** [height, width]: gate of the stage's coordinate attention, mean over the channels; null without attention */
  gate: { height: number; width: number; values: Float32Array } | null;
  /** class probabilities of the face */
  probabilities: Float32Array;
}

export interface Face {
  image: ImageData;
  /** RGB in 0..1 */
  values: Float32Array;
  label: number;
}

/** Seed of the lesson's faces. */
const FACES_SEED = 808;
/** luminance of RGB (ITU-R BT.601) as a matrix that gives gray in all three channels */
const GRAY = [0.299, 0.587, 0.114].flatMap((share) => [share, share, share]);

export async function openModel(device: Device, weights: Weights): Promise<FerMobileNetV3> {
  if (weights === 'ferplus') return FerMobileNetV3.pretrained(device);
  // training lasts only a minute: blocks start as the identity, and running statistics must converge in tens of steps
  const options = { classes: EXPRESSIONS, bnMomentum: 0.1, zeroInitResidual: true } as const;
  const model = new FerMobileNetV3(options);
  await pause();
  return model.to(device, { seed: 1 });
}

/** The same person with every expression. */
export async function drawFaces(device: Device, person: number, side: number): Promise<Face[]> {
  const faces = new DrawnFaces(device, { seed: FACES_SEED, side });
  const drawn = scope(() => EXPRESSIONS.map((_, label) => faces.batch(person, 1, { label }).images));
  try {
    return (await device.read(drawn)).map((bytes, label) => {
      const values = new Float32Array(bytes);
      return { image: rgbImage(values, side, side), values, label };
    });
  } finally {
    for (const one of drawn) one.dispose();
  }
}

/** The output of a stage for a face, with the current weights. */
export async function mapsOf(
  model: FerMobileNetV3,
  face: Face,
  stage: Stage,
  weights: Weights,
): Promise<Maps> {
  const { device } = model;
  const side = face.image.width;
  const wasTraining = model.training;
  model.eval();
  const recording = device.capture(() =>
    scope(() =>
      noGrad(() => {
        const pixels = tensor(device, face.values as Float32Array<ArrayBuffer>, {
          shape: [1, side, side, 3],
        });
        const shown = weights === 'ferplus' ? gray(pixels) : pixels;
        const x = div(sub(shown, tensor(device, [...model.mean])), tensor(device, [...model.std]));
        const seen: Tensor[] = [];
        const gates: Tensor[] = [];
        // forwardWithEmbedding, since it calls both classifiers as modules
        const { logits } = observe(
          (module, output, input) => {
            if (module !== stage.module) return;
            seen.push(keep(output.alias()));
            if (module instanceof CoordinateAttention) gates.push(keep(gateOf(module, input)));
          },
          () => model.forwardWithEmbedding(x),
        );
        const [found] = seen;
        if (!found) throw new Error(`the network did not run ${stage.module.path}`);
        return { found, gate: gates[0] ?? null, probabilities: softmax(logits) };
      }),
    ),
  );
  model.train(wasTraining);
  const capture = await recording;
  const { found, gate, probabilities } = capture.run();
  const wanted = [found, probabilities, ...(gate ? [gate] : [])];
  try {
    const [values, p, g] = (await device.read(wanted)).map((bytes) => new Float32Array(bytes));
    const [height, width, channels] = found.rank === 4 ? found.shape.slice(1) : [1, 1, found.size];
    return {
      height: height as number,
      width: width as number,
      channels: channels as number,
      values: values as Float32Array,
      gate: gate && {
        height: gate.shape[1] as number,
        width: gate.shape[2] as number,
        values: g as Float32Array,
      },
      probabilities: p as Float32Array,
    };
  } finally {
    for (const one of wanted) one.dispose();
    capture.dispose();
  }
}

/** [N, H, W]: row gate times column gate, mean over the channels. */
function gateOf(module: CoordinateAttention, input: Tensor): Tensor {
  return scope(() => {
    const { byRow, byColumn } = module.gates(input);
    return mean(mul(byRow, byColumn), 3);
  });
}

function gray(pixels: Tensor): Tensor {
  const matrix = tensor(pixels.device, new Float32Array(GRAY), { shape: [3, 3] });
  return reshape(matmul(reshape(pixels, [pixels.size / 3, 3]), matrix), pixels.shape);
}
