import type { BatchSource } from '../../data/batch-source.ts';
import { DrawnFaceSource } from '../../data/drawn-face-source.ts';
import { DrawnFaces } from '../../data/drawn-faces.ts';
import { PictureSource } from '../../data/picture-source.ts';
import { PictureStream } from '../../data/picture-stream.ts';
import type { Device } from '../../gpu/device.ts';
import { imagesToTensor } from '../../tensor/image.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Evaluation } from '../../train/evaluate.ts';
import type { ReportSample } from './data.ts';
import { pngDataUrl } from './png-data-url.ts';

/** Pixels along each side of a face in the report. */
export const SIDE = 96;
const FACES_A_CLASS = 3;
const MOST_MISTAKES = 12;

export interface SampleFaces {
  /** the first images of each class, correct or not */
  samples: ReportSample[];
  /** the most confident mistakes */
  mistakes: ReportSample[];
}

/** Draws faces of an evaluated source with the network's predictions. */
export async function sampleFaces(
  device: Device,
  source: BatchSource,
  evaluation: Evaluation,
): Promise<SampleFaces> {
  const { first, mistakes } = chooseFaces(evaluation, source.classNames, {
    each: FACES_A_CLASS,
    mistakes: MOST_MISTAKES,
  });
  const show = async (face: ChosenFace): Promise<ReportSample> => ({
    image: pngDataUrl({
      width: SIDE,
      height: SIDE,
      channels: 3,
      data: await pixelsOf(device, source, face.index),
    }),
    truth: face.truth,
    predicted: face.predicted,
    probability: face.probability,
  });
  const faces: SampleFaces = { samples: [], mistakes: [] };
  for (const face of first) faces.samples.push(await show(face));
  for (const face of mistakes) faces.mistakes.push(await show(face));
  return faces;
}

/** An image of an evaluated source with the network's prediction. */
export interface ChosenFace {
  index: number;
  truth: string;
  predicted: string;
  /** probability of the predicted class, 0 to 1 */
  probability: number;
}

/** Chooses the first N images of each class, correct or not, and the most confident mistakes. */
export function chooseFaces(
  evaluation: Evaluation,
  classNames: readonly string[],
  most: { each: number; mistakes: number },
): { first: ChosenFace[]; mistakes: ChosenFace[] } {
  const { labels } = evaluation;
  const labeled = [...labels.keys()].filter((i) => (labels[i] as number) < classNames.length);
  const faces = labeled.map((index): ChosenFace => {
    const { label, probability } = answer(evaluation, index, classNames.length);
    const truth = classNames[labels[index] as number] as string;
    return { index, truth, predicted: classNames[label] as string, probability };
  });
  return {
    first: classNames.flatMap((name) => faces.filter(({ truth }) => truth === name).slice(0, most.each)),
    mistakes: faces
      .filter(({ truth, predicted }) => truth !== predicted)
      .sort((a, b) => b.probability - a.probability)
      .slice(0, most.mistakes),
  };
}

function answer({ probabilities }: Evaluation, index: number, classes: number) {
  const row = probabilities.subarray(index * classes, (index + 1) * classes);
  const probability = row.reduce((most, p) => Math.max(most, p), 0);
  return { label: row.indexOf(probability), probability };
}

/** Returns an image as the network sees it, but larger and in color: RGB bytes of SIDE x SIDE pixels. */
export async function pixelsOf(device: Device, source: BatchSource, index: number): Promise<Uint8Array> {
  let image: Tensor;
  if (source instanceof DrawnFaceSource) {
    const faces = new DrawnFaces(device, {
      seed: source.seed,
      side: SIDE,
      classes: source.classNames.length,
    });
    const { images, labels } = faces.batch(index, 1);
    labels.dispose();
    image = images;
  } else if (source instanceof PictureSource) {
    const picture = source.pictures[index];
    if (!picture) throw new RangeError(`sampleFaces: no image ${index} of ${source.length}`);
    image = imagesToTensor(device, [picture], { side: SIDE });
  } else if (source instanceof PictureStream) {
    image = imagesToTensor(device, [await source.picture(index)], { side: SIDE });
  } else throw new TypeError('sampleFaces: knows drawn faces and images only');
  const values = await image.data();
  image.dispose();
  return Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}
