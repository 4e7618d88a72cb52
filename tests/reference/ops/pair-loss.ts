import { from, type NdArray } from '../array.ts';
import { broadcastOffsets } from '../broadcast.ts';

export type PairLossName = 'mseLoss' | 'l1Loss' | 'smoothL1Loss' | 'binaryCrossEntropyWithLogits' | 'klDiv';

export interface PairLossOptions {
  reduction?: 'mean' | 'sum' | 'none' | 'batchmean';
  beta?: number;
  /** broadcast to the input */
  weight?: NdArray;
  posWeight?: NdArray;
  logTarget?: boolean;
}

const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);
/** log(1 + exp(x)) */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** t log(t), 0 at t = 0 */
const xLogX = (t: number): number => (t === 0 ? 0 : t * Math.log(t));

/**
 * One pair: the loss, and its derivatives with respect to input and target. p is the weight of positive targets, if
 * any.
 */
function pair(
  name: PairLossName,
  x: number,
  t: number,
  p: number | null,
  { beta = 1, logTarget = false }: PairLossOptions,
): [number, number, number] {
  const d = x - t;
  switch (name) {
    case 'mseLoss':
      return [d * d, 2 * d, -2 * d];
    case 'l1Loss':
      return [Math.abs(d), sign(d), -sign(d)];
    case 'smoothL1Loss': {
      if (beta === 0) return pair('l1Loss', x, t, p, {});
      const isSmall = Math.abs(d) < beta;
      const slope = Number.isNaN(d) ? d : isSmall ? d / beta : sign(d);
      return [isSmall ? (d * d) / (2 * beta) : Math.abs(d) - beta / 2, slope, -slope];
    }
    case 'binaryCrossEntropyWithLogits': {
      const factor = p === null ? 1 : 1 + (p - 1) * t;
      return [
        (1 - t) * x + factor * softplus(-x),
        1 - t - factor / (1 + Math.exp(x)),
        p === null ? -x : (p - 1) * softplus(-x) - x,
      ];
    }
    default:
      if (logTarget) return [Math.exp(t) * (t - x), -Math.exp(t), Math.exp(t) * (t - x + 1)];
      return [xLogX(t) - t * x, -t, Math.log(t) + 1 - x];
  }
}

/** Every pair's loss and derivatives, times the weights and, for a mean, divided by the number of pairs. */
export function pairTerms(
  name: PairLossName,
  x: NdArray,
  t: NdArray,
  options: PairLossOptions,
): [number, number, number][] {
  const { reduction = 'mean', weight, posWeight } = options;
  const valuesOf = (factor?: NdArray) => {
    const offsets = broadcastOffsets(factor?.shape ?? [], x.shape);
    return [...offsets].map((at) => factor?.data[at] ?? 1);
  };
  const weights = valuesOf(weight);
  const positives = posWeight && valuesOf(posWeight);
  const count = { mean: x.data.length, batchmean: x.shape[0] ?? 1, sum: 1, none: 1 }[reduction];
  return Array.from(x.data, (value, i) => {
    const terms = pair(name, value, t.data[i]!, positives?.[i] ?? null, options);
    return terms.map((term) => (term * weights[i]!) / count) as [number, number, number];
  });
}

export function pairLoss(name: PairLossName, x: NdArray, t: NdArray, options: PairLossOptions = {}): NdArray {
  const losses = pairTerms(name, x, t, options).map(([loss]) => loss);
  if (options.reduction === 'none') return from(x.shape, losses);
  return from([], [losses.reduce((sum, loss) => sum + loss, 0)]);
}
