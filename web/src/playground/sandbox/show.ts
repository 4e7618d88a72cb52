import type { Tensor } from 'feathergrad';
import type { Output, View } from './messages.ts';

/** Options of `show`. */
export interface ShowOptions {
  /** heading; the points of one chart have the same title (default: none) */
  title?: string;
  /**
   * how a tensor is drawn (default: images for [H, W, 3] and [N, H, W, 3] with H and W of 8 or more; a table for up to
   * 400 elements with at most two axes longer than 1; otherwise heat maps)
   */
  as?: View;
}

/** More elements are not sent to the page. */
const MOST = 4_000_000;

/**
 * Shows a value in the playground and sends it with `send`.
 *
 * - A tensor becomes a table, images or heat maps, one per channel for [N, H, W, C]. It is read from the GPU, so await
 *   the call if the tensor is disposed or overwritten afterwards.
 * - An object whose values are all numbers, such as `{ loss, accuracy }`, is the next point of a live chart with one
 *   line per name.
 * - Everything else is text.
 * @throws Error for a tensor with more than 4,000,000 elements
 */
export async function showValue(
  value: unknown,
  { title = '', as }: ShowOptions,
  send: (output: Output) => void,
): Promise<void> {
  if (isTensor(value)) {
    const { shape, dtype, size } = value;
    if (size > MOST) {
      throw new Error(`show: the tensor is too large (got ${size} elements, expected up to ${MOST}).`);
    }
    const values = await value.data();
    send({
      ...{ kind: 'tensor', title, dtype, shape: [...shape], view: as ?? viewOf(shape, size) },
      values:
        values instanceof Uint32Array || values instanceof Int32Array ? values : Float32Array.from(values),
    });
    return;
  }
  if (isPoint(value)) return send({ kind: 'point', chart: title, values: value });
  const text = textOf(value);
  send({ kind: 'text', text: title ? `${title}: ${text}` : text, isProblem: false });
}

const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'isTensor' in value;

const isPoint = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((one) => typeof one === 'number');

function viewOf(shape: readonly number[], size: number): View {
  const [height = 0, width = 0, channels] = shape.slice(-3);
  if (shape.length >= 3 && shape.length <= 4 && channels === 3 && height >= 8 && width >= 8) return 'image';
  const isFlat = shape.filter((n) => n > 1).length <= 2;
  return isFlat && size <= 400 ? 'table' : 'heat';
}

/** Returns a value as console.log would print it, in short form. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (isTensor(value)) return `${value.dtype} tensor [${value.shape.join(', ')}]`;
  if (ArrayBuffer.isView(value) && 'length' in value) {
    const list = value as unknown as ArrayLike<number>;
    const first = Array.from({ length: Math.min(list.length, 100) }, (_, i) => String(list[i]));
    const more = list.length > 100 ? `, … ${list.length - 100} more` : '';
    return `${value.constructor.name}(${list.length}) [${first.join(', ')}${more}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}n` : one), 1)
      .replace(/\n\s*/g, ' ')
      .slice(0, 4000);
  } catch {
    return String(value); // it refers to itself
  }
}
