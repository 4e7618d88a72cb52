import type { BatchSource } from '../data/batch-source.ts';
import { DrawnFaceSource } from '../data/drawn-face-source.ts';
import { DrawnFaces } from '../data/drawn-faces.ts';
import { PictureSource } from '../data/picture-source.ts';
import type { Device } from '../gpu/device.ts';
import { imagesToTensor } from '../tensor/image.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Evaluation } from '../train/evaluate.ts';
import { pngDataUrl } from './png-data-url.ts';
import type { ReportSample } from './report.ts';

/** Pixels along each side of a face in the report. */
const SIDE = 96;
const FACES_A_CLASS = 3;
const MOST_MISTAKES = 12;

export interface SampleFaces {
  /** the first few of each class, right or wrong */
  samples: ReportSample[];
  /** of all that were taken for something else, those it was surest of */
  mistakes: ReportSample[];
}

/** Faces of an evaluated source with what the network said. */
export async function sampleFaces(
  device: Device,
  source: BatchSource,
  evaluation: Evaluation,
): Promise<SampleFaces> {
  const { labels, count } = evaluation;
  const { classNames } = source;
  const said = Array.from({ length: count }, (_, i) => answer(evaluation, i, classNames.length));
  const first = classNames.flatMap((_, label) => indicesOf(labels, label).slice(0, FACES_A_CLASS));
  const wrong = said
    .map(({ label, probability }, index) => ({ index, label, probability }))
    .filter(({ index, label }) => label !== labels[index])
    .sort((a, b) => b.probability - a.probability)
    .slice(0, MOST_MISTAKES);
  const show = async (index: number): Promise<ReportSample> => {
    const { label, probability } = said[index] as (typeof said)[number];
    return {
      image: await pictureOf(device, source, index),
      truth: classNames[labels[index] as number] as string,
      predicted: classNames[label] as string,
      probability,
    };
  };
  const samples: ReportSample[] = [];
  const mistakes: ReportSample[] = [];
  for (const index of first) samples.push(await show(index));
  for (const { index } of wrong) mistakes.push(await show(index));
  return { samples, mistakes };
}

function answer({ probabilities }: Evaluation, index: number, classes: number) {
  const row = probabilities.subarray(index * classes, (index + 1) * classes);
  const probability = row.reduce((most, p) => Math.max(most, p), 0);
  return { label: row.indexOf(probability), probability };
}

function indicesOf(labels: Uint32Array, label: number): number[] {
  return [...labels.keys()].filter((index) => labels[index] === label);
}

/** The picture as the network is given it, but larger and in its own colours. */
async function pictureOf(device: Device, source: BatchSource, index: number): Promise<string> {
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
    if (!picture) throw new RangeError(`sampleFaces: no picture ${index} of ${source.length}`);
    image = imagesToTensor(device, [picture], { side: SIDE });
  } else throw new TypeError('sampleFaces: knows drawn faces and pictures only');
  const values = await image.data();
  image.dispose();
  const data = Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return pngDataUrl({ width: SIDE, height: SIDE, channels: 3, data });
}
