// Intervals of scripts/ablation.mjs: what the differences between trainings with a few seeds can show.

/** Quantile of the normal distribution for an interval of 95 %. */
const Z = 1.96;
/** Quantiles of Student's t for an interval of 95 %, by degrees of freedom from 1. */
const T = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** @param {number} freedom */
function quantile(freedom) {
  return T[freedom - 1] ?? Z + 2.4 / freedom;
}

/**
 * @param {readonly number[]} values
 * @returns {{ mean: number, deviation: number }} the standard deviation of the sample; NaN for one value
 */
export function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/**
 * Returns the mean difference of accuracies with the same seeds, in points, with its 95 % interval over seeds.
 * @param {readonly number[]} ours one share per seed
 * @param {readonly number[]} theirs
 */
export function compare(ours, theirs) {
  const { mean, deviation } = spread(ours.map((share, i) => 100 * (share - Number(theirs[i]))));
  const signed = (/** @type {number} */ points) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;
  if (ours.length < 2) return signed(mean);
  const half = (quantile(ours.length - 1) * deviation) / Math.sqrt(ours.length);
  return `${signed(mean)} (${signed(mean - half)} to ${signed(mean + half)})`;
}

/**
 * Says which differences the runs can resolve, and how many runs a difference of one point needs.
 * @param {{ accuracies: readonly (readonly number[])[], interval: readonly [number, number], images: number, seconds: number }} runs
 * accuracies by network and seed; the 95 % interval of their mean over the images; seconds per training
 */
export function resolution({ accuracies, interval: [low, high], images, seconds }) {
  const image = `The interval of one accuracy over ${images.toLocaleString('en-US')} images is ±${(50 * (high - low)).toFixed(1)} points.`;
  const seeds = accuracies[0]?.length ?? 0;
  if (seeds < 2) {
    return `${image} Each network was trained with one seed, so the spread between seeds is unknown. Use --seeds.`;
  }
  const variance = accuracies.reduce((sum, list) => sum + spread(list).deviation ** 2, 0) / accuracies.length;
  const deviation = 100 * Math.sqrt(variance);
  const freedom = accuracies.length * (seeds - 1);
  const least = quantile(freedom) * deviation * Math.sqrt(2 / seeds);
  const needed = seedsFor(1, deviation);
  const hours = (needed * accuracies.length * seconds) / 3600;
  return (
    `${image} The standard deviation between seeds is ${deviation.toFixed(2)} points (${freedom} degrees of freedom), so ` +
    `${seeds} seeds per network resolve differences from ${least.toFixed(1)} points between two networks. One point needs ` +
    `${needed} seeds per network: ${needed * accuracies.length} trainings, ${hours.toFixed(1)} hours at ${seconds.toFixed(0)} s each.`
  );
}

/**
 * Returns the number of seeds per network for which the 95 % interval of the difference of two means is at most ±`points`.
 * @param {number} points
 * @param {number} deviation standard deviation between seeds, in points
 */
export function seedsFor(points, deviation) {
  return Math.max(2, Math.ceil(2 * ((Z * deviation) / points) ** 2));
}
