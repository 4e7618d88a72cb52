/** Smooths probabilities by an exponential moving average over time, and measures their rate. */
export class Smoother {
  private values: Float32Array | null = null;
  private last = 0;
  private gap = 0;

  reset(): void {
    this.values = null;
    this.gap = 0;
    this.last = 0;
  }

  /** results per second; null before the second one */
  get rate(): number | null {
    return this.gap > 0 ? 1000 / this.gap : null;
  }

  /** Counts a frame whose result is smoothed elsewhere. @param time in milliseconds */
  tick(time: number): void {
    if (this.last > 0) this.count(time - this.last);
    this.last = time;
    this.values = null;
  }

  private count(passed: number): void {
    this.gap = this.gap === 0 ? passed : this.gap + (passed - this.gap) / 10;
  }

  /** @param time in milliseconds @param memory time constant of the average, in seconds */
  add(values: Float32Array, time: number, memory: number): Float32Array {
    const before = this.values?.length === values.length ? this.values : null;
    const passed = time - this.last;
    if (before) this.count(passed);
    this.last = time;
    const keep = before && memory > 0 ? Math.exp(-passed / (1000 * memory)) : 0;
    this.values = values.map((v, i) => keep * (before?.[i] ?? 0) + (1 - keep) * v);
    return this.values;
  }
}
