import { signal } from '@preact/signals';
import type { Device } from 'feathergrad';
import { pause } from '../../lib/breathe.ts';
import { messageOf } from '../../lib/errors.ts';
import { inTurn } from '../device.ts';
import { type Data, type DataKind, openData } from './data.ts';
import { type Look, type Settings, Trainer } from './trainer.ts';

/** Steps after which training stops: it has converged by then. */
export const MOST_STEPS = 3000;
/** Milliseconds of training between two updates of the figure. */
const ROUND = 70;

/** Networks that train on the same batches, interleaved. Their state is read every few steps. */
export class Session {
  readonly looks = signal<readonly Look[]>([]);
  readonly names = signal<readonly string[]>([]);
  readonly labels = signal<Uint32Array>(new Uint32Array());
  readonly isRunning = signal(false);
  readonly problem = signal<string | null>(null);
  private readonly device: Device;
  private readonly kind: DataKind;
  private data: Data | null = null;
  private trainers: Trainer[] = [];
  private settings: readonly Settings[];
  private isGone = false;
  private isChanged = false;
  /** the current work, after which the next starts */
  private last: Promise<void>;

  constructor(device: Device, kind: DataKind, settings: readonly Settings[]) {
    this.device = device;
    this.kind = kind;
    this.settings = settings;
    this.last = this.guard(async () => {
      this.data = await openData(device, kind);
      this.names.value = this.data.names;
      this.labels.value = this.data.shownLabels;
      await this.begin();
    });
  }

  /** Trains until step `until`, or until paused. */
  start(until = MOST_STEPS): void {
    if (this.isRunning.value || this.isGone) return;
    this.isRunning.value = true;
    this.last = this.last.then(() =>
      this.guard(async () => {
        for (let steps = 1; this.isRunning.value && !this.isGone; ) {
          const left = until - (this.trainers[0]?.step ?? until);
          if (left <= 0) break;
          const took = await this.round(Math.min(steps, left));
          steps = Math.max(1, Math.min(40, Math.round((steps * ROUND) / Math.max(1, took))));
        }
      }).finally(() => {
        this.isRunning.value = false;
      }),
    );
  }

  pause(): void {
    this.isRunning.value = false;
  }

  /** Takes effect from the next step. */
  set(settings: readonly Settings[]): void {
    this.settings = settings;
    this.isChanged = true;
  }

  /** Resets the weights, and continues training if it was running. */
  again(): void {
    const ran = this.isRunning.value;
    this.pause();
    this.last = this.last.then(() => this.guard(() => this.begin()));
    if (ran) this.last.then(() => this.start());
  }

  dispose(): void {
    this.isGone = true;
    this.pause();
    this.last.finally(() => {
      for (const trainer of this.trainers) trainer.dispose();
      this.data?.dispose();
    });
  }

  private async begin(): Promise<void> {
    const { data, device, kind } = this;
    if (!data || this.isGone) return;
    for (const trainer of this.trainers) trainer.dispose();
    this.trainers = [];
    const { settings } = this;
    this.isChanged = false;
    for (const one of settings) {
      await pause();
      if (this.isGone) return;
      this.trainers.push(new Trainer(device, kind, data, one));
    }
    await pause();
    await inTurn(() => this.look());
  }

  /** Trains some steps and reads the state; resolves to the milliseconds of the steps. */
  private round(steps: number): Promise<number> {
    return inTurn(async () => {
      if (this.isChanged) {
        this.isChanged = false;
        for (const [i, trainer] of this.trainers.entries()) await trainer.set(this.settings[i] as Settings);
      }
      const started = performance.now();
      for (const trainer of this.trainers) await trainer.train(steps);
      await this.device.sync();
      const took = performance.now() - started;
      await this.look();
      return took;
    });
  }

  private async look(): Promise<void> {
    const looks: Look[] = [];
    for (const trainer of this.trainers) looks.push(await trainer.look());
    if (!this.isGone) this.looks.value = looks;
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.isGone) this.problem.value = messageOf(error);
    }
  }
}
