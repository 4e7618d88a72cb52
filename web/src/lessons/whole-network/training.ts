import { signal } from '@preact/signals';
import { Adam, CrossEntropyLoss, type FerMobileNetV3, fit } from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';
import { messageOf } from '../../lib/errors.ts';

/** Input side and batch size of the lesson's training. */
export const SIDE = 48;
export const BATCH = 16;
const MINUTE = 60_000;
/** Steps over which the lines are smoothed. */
const SMOOTH = 12;

/** One minute of training, and its results. */
export class Training {
  readonly isRunning = signal(false);
  readonly step = signal(0);
  readonly seconds = signal(0);
  readonly problem = signal<string | null>(null);
  /** step, smoothed loss, smoothed share of the batch that was recognized */
  readonly series = signal<[number[], number[], number[]]>([[], [], []]);
  private readonly model: FerMobileNetV3;
  private readonly optimizer: Adam;
  private stop: AbortController | null = null;
  private ended: Promise<void> = Promise.resolve();
  private loss = 0;
  private share = 0;

  constructor(model: FerMobileNetV3) {
    this.model = model;
    this.optimizer = new Adam(model, { learningRate: 1.5e-3, clipNorm: 5 });
  }

  /** Trains for a minute, or until `pause`. Another call continues from there. */
  start(): void {
    if (this.isRunning.value) return;
    this.isRunning.value = true;
    this.problem.value = null;
    this.stop = new AbortController();
    this.ended = this.run(this.stop.signal)
      .catch((error) => {
        this.problem.value = messageOf(error);
      })
      .finally(() => {
        this.isRunning.value = false;
      });
  }

  pause(): void {
    this.stop?.abort();
  }

  /** Resolves when the current step is done and the model can be disposed. */
  async dispose(): Promise<void> {
    this.pause();
    await this.ended;
    this.optimizer.dispose();
  }

  private async run(stop: AbortSignal): Promise<void> {
    const { model, optimizer } = this;
    const started = performance.now();
    const before = this.step.value;
    const run = fit(model, {
      // different faces each minute, and more epochs than any device can train in that time
      train: new DrawnFaceSource({ seed: 11 + before, length: 100 * BATCH }),
      loss: new CrossEntropyLoss(),
      optimizer,
      epochs: 10_000,
      batch: BATCH,
      side: SIDE,
      signal: stop,
    });
    for await (const event of run) {
      if (event.kind !== 'step') continue;
      this.add(before + event.step, event.loss, event.correct / BATCH);
      const passed = performance.now() - started;
      this.seconds.value = passed / 1000;
      if (passed >= MINUTE) this.pause();
    }
  }

  private add(step: number, loss: number, share: number): void {
    const part = Math.max(1 / SMOOTH, 1 / step); // the first steps are a plain mean
    this.loss += part * (loss - this.loss);
    this.share += part * (share - this.share);
    const [steps, losses, shares] = this.series.value;
    // in long runs on a fast GPU every other point is removed
    const thin = <T>(list: T[]) => (list.length < 1200 ? list : list.filter((_, i) => i % 2 === 0));
    this.series.value = [
      [...thin(steps), step],
      [...thin(losses), this.loss],
      [...thin(shares), this.share],
    ];
    this.step.value = step;
  }
}
