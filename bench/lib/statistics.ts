/** Summary of repeated measurements, robust against outliers. */
export interface Spread {
  median: number;
  /** first and third quartile */
  q1: number;
  q3: number;
  samples: number;
}

/** Computes median and quartiles, linearly interpolated between the two nearest samples. */
export function spread(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new Error('spread: no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
    samples: sorted.length,
  };
}

export function median(samples: readonly number[]): number {
  return spread(samples).median;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
