/** Losses above this many times the first one count as divergence. */
const FACTOR = 1e6;
/** A first loss below this counts as this. */
const LEAST = 1e-6;

/** The loss of a run has grown beyond any use. The step was applied; the best weights so far are put back. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly firstLoss: number;
  readonly loss: number;
  /** counted from 1 over the whole run */
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

/** @throws DivergedError for a loss more than 1e6 times the first of the run */
export function checkDivergence(firstLoss: number, loss: number, step: number): void {
  if (loss > FACTOR * Math.max(firstLoss, LEAST)) throw new DivergedError(firstLoss, loss, step);
}
