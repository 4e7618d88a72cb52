import { copy, type NdArray } from '../array.ts';

export type CenterLossKind = 'learned' | 'released';

export interface CenterLossOptions {
  kind: CenterLossKind;
  /** Weight of the loss (default 1). */
  lambda?: number;
  /** Constant factor (default 1). */
  scale?: number;
}

/**
 * lambda * scale / 2 * mean over the batch of |f - c_y|^2 * share, features [N, D], centers [K, D]. `learned` has
 * share 1: Wen et al. (ECCV 2016), equation 2, divided by N. `released` has share 1 / n_y, n_y being how many
 * of the batch have the class.
 */
export function centerLoss(
  features: NdArray,
  labels: ArrayLike<number>,
  centers: NdArray,
  options: CenterLossOptions,
): number {
  const width = features.shape[1]!;
  const rowWeights = centerRowWeights(labels, options);
  return features.data.reduce((loss, value, i) => {
    const row = Math.floor(i / width);
    const center = centers.data[labels[row]! * width + (i % width)]!;
    return loss + 0.5 * rowWeights[row]! * (value - center) ** 2;
  }, 0);
}

/** What multiplies |f - c_y|^2 / 2 in each row. */
export function centerRowWeights(
  labels: ArrayLike<number>,
  { kind, lambda = 1, scale = 1 }: CenterLossOptions,
): number[] {
  const all = Array.from(labels);
  return all.map((label) => {
    const members = all.filter((other) => other === label).length;
    return (lambda * scale) / all.length / (kind === 'released' ? members : 1);
  });
}

/** Wen et al., equation 4: c_j -= alpha * sum over members of (c_j - f) / (1 + n_j). Returns new centers. */
export function updateCenters(
  features: NdArray,
  labels: ArrayLike<number>,
  centers: NdArray,
  alpha = 0.5,
): NdArray {
  const [classes, width] = centers.shape as [number, number];
  const updated = copy(centers);
  for (let j = 0; j < classes; j++) {
    const members = Array.from(labels, (label, row) => (label === j ? row : -1)).filter((row) => row >= 0);
    for (let d = 0; d < width; d++) {
      const center = centers.data[j * width + d]!;
      const pull = members.reduce((sum, row) => sum + center - features.data[row * width + d]!, 0);
      updated.data[j * width + d] = center - (alpha * pull) / (1 + members.length);
    }
  }
  return updated;
}
