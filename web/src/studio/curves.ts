import type { Progress } from './messages.ts';
import type { Curves } from './project.ts';

/** Largest number of points in a chart; beyond it, every second one is dropped. */
const MOST_POINTS = 800;

export const emptyCurves = (): Curves => ({ steps: [], epochs: [], marks: [] });

export function withSteps(before: Curves, added: readonly Progress[]): Curves {
  const steps = [...before.steps, ...added.map(({ step, loss, accuracy }) => ({ step, loss, accuracy }))];
  return { ...before, steps: steps.length > MOST_POINTS ? steps.filter((_, i) => i % 2 === 0) : steps };
}

export const withEpoch = (before: Curves, epoch: Curves['epochs'][number]): Curves => ({
  ...before,
  epochs: [...before.epochs, epoch],
});

export const withMark = (before: Curves, step: number): Curves => ({
  ...before,
  marks: [...before.marks, step],
});
