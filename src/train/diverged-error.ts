/** A loss above this multiple of the first loss counts as divergence. */
const FACTOR = 1e6;
/** Lower bound of the first loss for this comparison. */
const LEAST = 1e-6;

/** Thrown when the loss of a run diverges. The step was applied; the best weights so far are restored. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly firstLoss: number;
  readonly loss: number;
  /** step, counted from 1 over the whole run */
  readonly step: number;

  constructor(firstLoss: number, loss: number, step: number) {
    super(
      `step ${step}: training diverged: the loss is ${loss.toExponential(2)}, ${(loss / Math.max(firstLoss, LEAST)).toExponential(1)} ` +
        `times the first (${firstLoss.toPrecision(4)}). Lower the learning rate, or clip gradients (clipNorm).`,
    );
    this.firstLoss = firstLoss;
    this.loss = loss;
    this.step = step;
  }
}

/** @throws DivergedError when the loss exceeds 1e6 times the first loss of the run */
export function checkDivergence(firstLoss: number, loss: number, step: number): void {
  if (loss > FACTOR * Math.max(firstLoss, LEAST)) throw new DivergedError(firstLoss, loss, step);
}
