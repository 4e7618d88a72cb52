import type { BatchSource } from '../../data/batch-source.ts';
import { readImages } from '../../data/read-images.ts';
import type { Device } from '../../gpu/device.ts';
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
  const show = async (faces: readonly ChosenFace[]): Promise<ReportSample[]> => {
    const images = await readImages(
      device,
      source,
      faces.map(({ index }) => index),
      SIDE,
    );
    return faces.map(({ truth, predicted, probability }, i) => {
      const data = images[i]?.pixels as Uint8Array;
      const image = pngDataUrl({ width: SIDE, height: SIDE, channels: 3, data });
      return { image, truth, predicted, probability };
    });
  };
  return { samples: await show(first), mistakes: await show(mistakes) };
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
