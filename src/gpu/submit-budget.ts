import type { PipelineEntry } from './pipelines.ts';
import type { Command } from './resolver.ts';

/** Milliseconds per submission unless `createDevice` got another number. */
const USUAL_MILLISECONDS = 50;
/** Assumed milliseconds per workgroup before the first measurement: those of a slow adapter, so that it cannot be held. */
const FIRST_GUESS = 0.01;
/** Submissions below this share of the budget are not timed, because errors of the guess cannot make them too long. */
const TIMED_SHARE = 0.25;
/** A single measurement changes a rate by at most this factor, because it may include the compilation of a shader. */
const MOST_CHANGE = 8;

/** The part of a `GPUQueue` that is used. */
export interface SubmitQueue {
  onSubmittedWorkDone(): Promise<unknown>;
}

/**
 * Splits long work into several submissions. An operating system resets a GPU that works on one submission for too long
 * (two seconds on Windows), and between submissions it can draw the desktop. The cost of a dispatch is its number of
 * workgroups times a rate per pipeline, which is learned from the durations of earlier submissions; nothing waits for
 * them. The split affects neither order nor results. A single dispatch is never split.
 */
export class SubmitBudget {
  private readonly queue: SubmitQueue;
  private readonly milliseconds: number;
  private readonly now: () => number;
  /** milliseconds per workgroup */
  private readonly rates = new WeakMap<PipelineEntry, number>();
  /** of pipelines that were not timed yet */
  private usual = FIRST_GUESS;
  /** time at which the latest timed submission ended */
  private ended = 0;

  /** @param now returns milliseconds */
  constructor(queue: SubmitQueue, milliseconds = USUAL_MILLISECONDS, now = () => performance.now()) {
    this.queue = queue;
    this.milliseconds = milliseconds;
    this.now = now;
  }

  /** Returns the commands in parts whose expected duration is within the budget, or that are a single command. */
  split(commands: readonly Command[]): (readonly Command[])[] {
    const parts: (readonly Command[])[] = [];
    let start = 0;
    let sum = 0;
    for (const [i, command] of commands.entries()) {
      const cost = this.cost(command);
      if (i > start && sum + cost > this.milliseconds) {
        parts.push(commands.slice(start, i));
        start = i;
        sum = 0;
      }
      sum += cost;
    }
    parts.push(start === 0 ? commands : commands.slice(start));
    return parts;
  }

  /** Times a part that was submitted just now, and corrects the rates when it has ended. */
  measure(part: readonly Command[]): void {
    const expected = this.expected(part);
    if (!(expected > TIMED_SHARE * this.milliseconds)) return;
    const submitted = this.now();
    this.queue.onSubmittedWorkDone().then(
      () => {
        const now = this.now();
        this.learn(part, (now - Math.max(submitted, this.ended)) / this.expected(part));
        this.ended = now;
      },
      () => {}, // the device was lost
    );
  }

  /** Returns the expected milliseconds of commands. */
  expected(commands: readonly Command[]): number {
    return commands.reduce((sum, command) => sum + this.cost(command), 0);
  }

  private cost({ entry, groups }: Command): number {
    return (this.rates.get(entry) ?? this.usual) * groups[0] * groups[1] * groups[2];
  }

  private learn(part: readonly Command[], ratio: number): void {
    const factor = Math.min(MOST_CHANGE, Math.max(1 / MOST_CHANGE, ratio));
    const rates = new Map(part.map(({ entry }) => [entry, (this.rates.get(entry) ?? this.usual) * factor]));
    for (const [entry, rate] of rates) this.rates.set(entry, rate);
    this.usual = Math.max(...rates.values());
  }
}
