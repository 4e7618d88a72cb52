import type { FaceExpression } from '../../faces/face-reader.ts';
import type { Prediction } from '../../models/image-classifier.ts';
import { number, percent } from '../../text/format.ts';
import { printable } from '../shared/printable.ts';

/** The result for one file: the classes of the whole image or of each face, or the reason why there are none. */
export type Answer =
  | { file: string; predictions: Prediction[] }
  | { file: string; width: number; height: number; faces: FaceExpression[] }
  | { file: string; error: string };

/** Message for a photo in which no face was found. */
export const NO_FACE =
  'no face found. Add --faces none to treat the whole image as one face, or crop the image to the face.';

/** Returns the lines for one file. */
export function linesOf(one: Answer, width: number, top: number): string[] {
  const name = printable(one.file).padEnd(width);
  if ('error' in one) return [`${name}  ${one.error}`];
  if ('predictions' in one) return [`${name}  ${ranking(one.predictions, top)}`];
  if (one.faces.length === 0) return [`${name}  ${NO_FACE}`];
  const count = one.faces.length === 1 ? '1 face' : `${number(one.faces.length)} faces`;
  return [
    `${name}  ${count}`,
    ...one.faces.map(({ box, predictions }, i) => {
      const [left, top1, side] = [box.left, box.top, box.width].map(Math.round);
      return `  ${i + 1}. at ${left}, ${top1}, ${side} pixels wide: ${ranking(predictions, top)}`;
    }),
  ];
}

/** `Happy 98.1 %  (Neutral 1.2 %, Surprise 0.4 %)` */
function ranking(predictions: readonly Prediction[], top: number): string {
  const text = ({ label, probability }: Prediction) => `${printable(label)} ${percent(probability)}`;
  const [first, ...rest] = predictions.slice(0, top).map(text);
  return `${first}${rest.length > 0 ? `  (${rest.join(', ')})` : ''}`;
}

/** Returns the entry of `--json` for one file. */
export function asJson(one: Answer): object {
  if ('error' in one) return one;
  if ('predictions' in one) return { file: one.file, ...classesOf(one.predictions) };
  const { file, width, height, faces } = one;
  return {
    file,
    width,
    height,
    faces: faces.map(({ box, score, keypoints, predictions }) => ({
      box,
      score,
      keypoints,
      ...classesOf(predictions),
    })),
  };
}

function classesOf(predictions: readonly Prediction[]): object {
  const [first] = predictions;
  return {
    label: first?.label,
    probability: first?.probability,
    probabilities: Object.fromEntries(predictions.map(({ label, probability }) => [label, probability])),
  };
}
