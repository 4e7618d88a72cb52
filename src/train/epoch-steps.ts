import type { StepMetrics, TrainingStep } from './training-step.ts';

/** The remaining steps of one epoch. */
export interface EpochPlan {
  /** the first step, counted from 0 within the epoch */
  from: number;
  /** number of steps of the whole epoch */
  count: number;
  /** images of step `i` of the epoch */
  batchAt(i: number): readonly number[];
  /** learning rate of step `i` of the epoch, and the index of the step in the whole run, counted from 0 */
  begin(i: number): { step: number; learningRate: number };
  /** whether the next step must wait until the caller has handled the previous one; called once per step */
  isDue(): boolean;
  /** whether to stop submitting steps */
  isStopped(): boolean;
}

/** A completed step. */
export interface EndedStep {
  /** counted from 0 over the whole run */
  step: number;
  learningRate: number;
  metrics: StepMetrics;
  /** whether `isDue` was true, so that no later step has been submitted */
  isDue: boolean;
}

/**
 * Runs the steps of an epoch one step ahead: while the caller handles the result of a step, the device computes the
 * next. After a stop, a step that was already submitted is still returned.
 * @throws the error of `TrainingStep.explain` for a step whose loss or gradient is not finite
 */
export async function* epochSteps(work: TrainingStep, plan: EpochPlan): AsyncGenerator<EndedStep, void> {
  const { count, batchAt } = plan;
  let submitted: Submitted | null = null;
  try {
    for (let i = plan.from; ; ) {
      const ended: Submitted | null = submitted;
      submitted = null;
      const hasNext = i < count && !plan.isStopped();
      const isDue = ended !== null && hasNext && plan.isDue();
      if (hasNext && !isDue) {
        const indices = batchAt(i);
        await work.refresh(); // may open another reader
        await work.prepare(indices);
        const { step, learningRate } = plan.begin(i);
        const metrics = work.run(indices, learningRate, step);
        metrics.catch(() => {}); // awaited one step later; avoids an unhandled rejection until then
        i++;
        // reads ahead while the device computes; an error is thrown when the batch is needed
        if (i < count) work.prepare(batchAt(i)).catch(() => {});
        submitted = { indices, step, learningRate, metrics };
      }
      if (!ended && !submitted) return;
      if (!ended) continue;
      const metrics = await ended.metrics;
      if (!metrics.isFinite) {
        await (submitted as Submitted | null)?.metrics;
        throw await work.explain(ended.indices, ended.step, metrics);
      }
      yield { step: ended.step, learningRate: ended.learningRate, metrics, isDue };
    }
  } finally {
    // a caller that ends the iteration early may free tensors that the step uses
    await (submitted as Submitted | null)?.metrics.catch(() => {});
  }
}

interface Submitted {
  indices: readonly number[];
  step: number;
  learningRate: number;
  metrics: Promise<StepMetrics>;
}
