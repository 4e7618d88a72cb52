import { clock, percent } from '../../text/format.ts';
import type { Evaluation } from '../../train/evaluate.ts';
import type { EpochEvent, FitEvent, StepEvent } from '../../train/fit.ts';
import type { SettledRecipe } from '../../train/recipe-defaults.ts';
import type { ReportEpoch } from '../report/data.ts';
import type { Terminal } from '../shared/terminal.ts';

/** The part of the log that a checkpoint stores. */
export interface History {
  epochs: ReportEpoch[];
  /** the epoch with the best weights, counted from 1; 0 before the end of the first epoch */
  best: number;
  /** seconds of training without validation, and the steps in that time */
  seconds: number;
  steps: number;
  /** of the run so far */
  warnings?: string[];
}

/** Records the metrics of a run by epoch and shows its progress. */
export class TrainingLog {
  /** the epochs that have ended */
  readonly epochs: ReportEpoch[] = [];
  /** the epoch with the best weights, or the last epoch if there is no validation */
  best: ReportEpoch | null = null;
  /** validation result of that epoch; null if there was none, or if the epoch was before a resume */
  evaluation: Evaluation | null = null;
  /** warnings of the run so far */
  readonly warnings: string[] = [];
  /** steps of the run so far */
  steps = 0;
  private readonly terminal: Terminal;
  private readonly settings: SettledRecipe;
  private readonly started = performance.now();
  /** sums over the current epoch */
  private sums = noSums();
  private last: StepEvent | null = null;
  private seconds = 0;
  /** state when this process started */
  private first = 0;

  constructor(terminal: Terminal, settings: SettledRecipe, history?: History) {
    this.terminal = terminal;
    this.settings = settings;
    if (!history) return;
    this.epochs.push(...history.epochs);
    this.warnings.push(...(history.warnings ?? []));
    this.best = history.epochs[history.best - 1] ?? null;
    this.seconds = history.seconds;
    this.steps = history.steps;
    this.first = history.steps;
  }

  /** For a checkpoint. */
  get history(): History {
    const { epochs, best, steps, warnings } = this;
    return { epochs, best: best?.epoch ?? 0, seconds: this.trainingSeconds, steps, warnings };
  }

  /** Training images per second, without the time of validation; 0 before the first step. */
  get imagesPerSecond(): number {
    const seconds = this.trainingSeconds;
    return seconds > 0 ? (this.steps * this.settings.batch) / seconds : 0;
  }

  private get trainingSeconds(): number {
    const running = this.last ? (this.sums.steps * this.settings.batch) / this.last.imagesPerSecond : 0;
    return this.seconds + running;
  }

  add(event: FitEvent): void {
    if (event.kind === 'step') this.addStep(event);
    else if (event.kind === 'epoch') this.addEpoch(event);
    else this.addWarning(event.message);
  }

  /**
   * Ends the log and returns the epoch of the kept weights: the best epoch or, without validation, the last one; null
   * if no step was made.
   */
  close(): ReportEpoch | null {
    if (this.best && this.best.validAccuracy !== null) return this.best;
    const unfinished = this.unfinished();
    if (unfinished) this.epochs.push(unfinished);
    return this.epochs.at(-1) ?? null;
  }

  /** Returns the metrics of an epoch that was stopped early; null if there was no such epoch. */
  private unfinished(): ReportEpoch | null {
    const { last, sums } = this;
    if (!last || sums.steps === 0) return null;
    return {
      epoch: last.epoch,
      trainLoss: sums.loss / sums.steps,
      validLoss: null,
      parts: Object.fromEntries(Object.entries(sums.parts).map(([name, sum]) => [name, sum / sums.steps])),
      trainAccuracy: sums.correct / Math.max(1, sums.counted),
      validAccuracy: null,
      learningRate: last.learningRate,
    };
  }

  private addStep(event: StepEvent): void {
    const { epochs } = this.settings;
    this.last = event;
    this.steps = event.step;
    this.sums.steps++;
    this.sums.correct += event.correct;
    this.sums.loss += event.loss;
    this.sums.counted += event.counted;
    for (const [name, value] of Object.entries(event.parts)) {
      this.sums.parts[name] = (this.sums.parts[name] ?? 0) + value;
    }
    const { steps, correct, counted, loss } = this.sums;
    const elapsed = (performance.now() - this.started) / 1000;
    const left = (elapsed / (event.step - this.first)) * (epochs * event.stepsPerEpoch - event.step);
    const text = [
      `loss ${(loss / steps).toFixed(3)}`,
      `accuracy ${percent(correct / Math.max(1, counted)).padStart(6)}`,
      `${Math.round(event.imagesPerSecond)} images/s`,
      `${clock(left)} left`,
    ].join('  ');
    this.terminal.progress(`epoch ${event.epoch}/${epochs}`, steps, event.stepsPerEpoch, text);
  }

  private addWarning(message: string): void {
    this.warnings.push(message);
    this.terminal.note(`warning: ${message}`);
  }

  private addEpoch(event: EpochEvent): void {
    const { valid, isBest, imagesPerSecond, learningRate } = event;
    this.seconds = this.trainingSeconds;
    this.sums = noSums();
    this.epochs.push(reportEpoch(event));
    if (isBest) {
      this.best = this.epochs.at(-1) as ReportEpoch;
      this.evaluation = valid;
    }
    const parts = [
      `epoch ${String(event.epoch).padStart(String(this.settings.epochs).length)}/${this.settings.epochs}`,
      `loss ${event.trainLoss.toFixed(3)}`,
      `accuracy ${percent(event.trainAccuracy).padStart(6)}`,
      ...(valid ? [`validation ${percent(valid.accuracy).padStart(6)}`] : []),
      `lr ${learningRate.toPrecision(2)}`,
      `${Math.round(imagesPerSecond)} images/s`,
      ...(valid && isBest ? ['best'] : []),
    ];
    this.terminal.note(parts.join('  '));
  }
}

function noSums() {
  return { loss: 0, parts: {} as Record<string, number>, correct: 0, counted: 0, steps: 0 };
}

function reportEpoch(event: EpochEvent): ReportEpoch {
  const { epoch, trainLoss, parts, trainAccuracy, valid, learningRate } = event;
  return {
    epoch,
    trainLoss,
    validLoss: valid?.loss ?? null,
    parts,
    trainAccuracy,
    validAccuracy: valid?.accuracy ?? null,
    learningRate,
  };
}
