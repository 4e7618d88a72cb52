import { signal } from '@preact/signals';
import type { StepPoint } from './messages.ts';

/** Maximum number of points in a chart; beyond it, pairs of neighbors are merged. */
const MOST = 1200;

export interface SeriesData {
  step: number[];
  loss: number[];
  /** parts of the loss, by name */
  parts: Record<string, number[]>;
  accuracy: number[];
  perPoint: number;
}

/** The run's steps for the charts. Neighbors are averaged so that a long run draws as fast as a short one. */
export class Series {
  readonly version = signal(0);
  step: number[] = [];
  loss: number[] = [];
  parts: Record<string, number[]> = {};
  accuracy: number[] = [];
  /** the run before this one; null before the second run of this visit */
  readonly last = signal<Pick<SeriesData, 'step' | 'loss' | 'accuracy'> | null>(null);
  private perPoint = 1;
  private pending: StepPoint[] = [];

  /** Starts a new run; the points of the present one become `last`. */
  clear(): void {
    const { step, loss, accuracy } = this;
    if (step.length > 1) this.last.value = { step, loss, accuracy };
    this.step = [];
    this.loss = [];
    this.parts = {};
    this.accuracy = [];
    this.pending = [];
    this.perPoint = 1;
    this.version.value++;
  }

  add(points: readonly StepPoint[]): void {
    for (const point of points) {
      this.pending.push(point);
      if (this.pending.length < this.perPoint) continue;
      const mean = (of: (p: StepPoint) => number) =>
        this.pending.reduce((sum, p) => sum + of(p), 0) / this.pending.length;
      this.step.push(point.step);
      this.loss.push(mean((p) => p.loss));
      for (const name of Object.keys(point.parts)) {
        this.parts[name] ??= [];
        this.parts[name].push(mean((p) => p.parts[name] ?? 0));
      }
      this.accuracy.push(mean((p) => p.accuracy));
      this.pending = [];
    }
    if (this.step.length > MOST) this.thin();
    this.version.value++;
  }

  toJSON(): SeriesData {
    const { step, loss, parts, accuracy, perPoint } = this;
    return { step, loss, parts, accuracy, perPoint };
  }

  /** Restores stored points up to a step. */
  restore(data: SeriesData, last: number): void {
    const length = data.step.filter((step) => step <= last).length;
    this.step = data.step.slice(0, length);
    this.loss = data.loss.slice(0, length);
    this.parts = Object.fromEntries(
      Object.entries(data.parts ?? {}).map(([name, list]) => [name, list.slice(0, length)]),
    );
    this.accuracy = data.accuracy.slice(0, length);
    this.perPoint = data.perPoint;
    this.pending = [];
    this.version.value++;
  }

  private thin(): void {
    const lists = [this.loss, ...Object.values(this.parts), this.accuracy];
    const pairs = this.step.length >> 1;
    for (const list of lists) {
      for (let i = 0; i < pairs; i++) list[i] = ((list[2 * i] as number) + (list[2 * i + 1] as number)) / 2;
      list.length = pairs;
    }
    for (let i = 0; i < pairs; i++) this.step[i] = this.step[2 * i + 1] as number;
    this.step.length = pairs;
    this.perPoint *= 2;
  }
}
