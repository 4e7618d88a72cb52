import type { BatchSource } from '../../data/batch-source.ts';
import { readImages } from '../../data/read-images.ts';
import type { Device } from '../../gpu/device.ts';
import { type AttentionMap, attentionMaps } from '../../models/fer-mobilenetv3/attention-maps.ts';
import type { ImageClassifier } from '../../models/image-classifier.ts';
import { webpDataUrl } from '../../node/decode-picture.ts';
import type { Evaluation } from '../../train/evaluate.ts';
import type { ReportSample } from '../report/data.ts';
import { type ChosenFace, chooseFaces, SIDE } from '../report/sample-faces.ts';
import { enlarge, overlay } from './overlay.ts';

const MOST_MISTAKES = 24;

/** A face with images of its coordinate attention maps. */
export interface AttendedFace extends ReportSample {
  /** one `data:` URL per layer, in the order of the layers */
  maps: { layer: string; image: string }[];
}

export interface EvaluatedFaces {
  /** the first of each class, correct or not */
  attended: AttendedFace[];
  /** the most confident mistakes; `overlay` is the mean of all maps */
  mistakes: ReportSample[];
}

/** Draws faces of an evaluated source with the attention maps over them. */
export async function evaluatedFaces(
  device: Device,
  model: ImageClassifier,
  source: BatchSource,
  evaluation: Evaluation,
): Promise<EvaluatedFaces> {
  const { first, mistakes } = chooseFaces(evaluation, source.classNames, {
    each: 1,
    mistakes: MOST_MISTAKES,
  });
  const faces = [...first, ...mistakes];
  const maps = await mapsOf(device, model, source, faces);
  const shown = await readImages(
    device,
    source,
    faces.map(({ index }) => index),
    SIDE,
  );
  const url = (data: Uint8Array) => webpDataUrl(data, SIDE);
  const found: EvaluatedFaces = { attended: [], mistakes: [] };
  for (const [i, face] of faces.entries()) {
    const pixels = shown[i]?.pixels as Uint8Array;
    const { truth, predicted, probability } = face;
    const sample = { image: await url(pixels), truth, predicted, probability };
    const own = maps.map(({ layer, side, values }) => ({
      layer,
      values: enlarge(values.subarray(i * side * side, (i + 1) * side * side), side, SIDE),
    }));
    if (i < first.length) {
      const images = await Promise.all(
        own.map(async ({ layer, values }) => ({ layer, image: await url(overlay(pixels, values)) })),
      );
      found.attended.push({ ...sample, maps: images });
    } else if (own.length === 0) found.mistakes.push(sample);
    else {
      const mean = Float32Array.from(
        { length: SIDE * SIDE },
        (_, at) => own.reduce((sum, { values }) => sum + values[at]!, 0) / own.length,
      );
      found.mistakes.push({ ...sample, overlay: await url(overlay(pixels, enlarge(mean, SIDE, SIDE))) });
    }
  }
  return found;
}

/** Computes the maps of all faces at once, with the network's preprocessing. */
async function mapsOf(
  device: Device,
  model: ImageClassifier,
  source: BatchSource,
  faces: readonly ChosenFace[],
): Promise<AttentionMap[]> {
  const { side, mean, std, color } = model;
  const reader = source.open(device, { batch: faces.length, side, mean, std, color });
  const indices = faces.map(({ index }) => index);
  try {
    await reader.prepare?.(indices);
    reader.load(indices);
    const { images } = reader.record();
    try {
      return await attentionMaps(model, images);
    } finally {
      images.dispose();
    }
  } finally {
    reader.dispose();
  }
}
