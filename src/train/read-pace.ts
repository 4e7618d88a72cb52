/** Milliseconds of training between two readings. */
const PERIOD = 100;
/** Maximum number of steps that are read together. */
const MOST_STEPS = 16;
/** Minimum number of readings per epoch. */
const LEAST_READINGS = 16;

/**
 * Determines how many steps are read back together. In some browsers a read takes 5 to 100 ms, as long as several steps
 * on a fast GPU. Unless a number is given, steps are grouped so that a reading takes place about every 100 ms: a step
 * that takes longer is read separately, as is every step of an epoch of fewer than 32.
 */
export class ReadPace {
  /** number of steps to submit before the next reading */
  steps: number;
  /** upper bound of `steps`; null if it is given */
  private readonly most: number | null;
  private readonly now: () => number;
  private last: number;

  /**
   * @param given number of steps per reading; undefined to derive it from their duration
   * @param now returns milliseconds
   */
  constructor(stepsPerEpoch: number, given?: number, now = () => performance.now()) {
    this.steps = given ?? 1;
    this.most = given ? null : Math.max(1, Math.min(MOST_STEPS, Math.floor(stepsPerEpoch / LEAST_READINGS)));
    this.now = now;
    this.last = now();
  }

  /** Notes that the metrics of some steps have arrived. */
  arrived(steps: number): void {
    const before = this.last;
    this.last = this.now();
    if (this.most === null) return;
    const fitting = Math.floor((PERIOD * steps) / Math.max(1e-3, this.last - before));
    this.steps = Math.max(1, Math.min(fitting, 2 * this.steps, this.most));
  }
}
