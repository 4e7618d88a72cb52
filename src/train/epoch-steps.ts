import type { ReadPace } from './read-pace.ts';
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
  /** determines how many steps are read back together */
  pace: ReadPace;
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
 * Runs the steps of an epoch in groups whose metrics are read back together, one group ahead: while the caller handles
 * the results of a group, the device computes the next. After a stop or an error, the steps that were already submitted
 * are still returned.
 * @throws the error of `TrainingStep.explain` for a step whose loss or gradient is not finite
 */
export async function* epochSteps(work: TrainingStep, plan: EpochPlan): AsyncGenerator<EndedStep, void> {
  let next = plan.from;
  let failure: { error: unknown } | undefined;
  /** Submits the steps of the next group; `ended` is the group before it. Marks the group after which it stopped. */
  const submitGroup = async (ended: Group | null): Promise<Group | null> => {
    const { count, batchAt, pace } = plan;
    const { steps: size } = pace;
    const steps: Group['steps'] = [];
    let isDue = ended?.isDue ?? false;
    while (!failure && !isDue && steps.length < size && next < count && !plan.isStopped()) {
      isDue = (ended !== null || steps.length > 0) && plan.isDue();
      if (isDue) break;
      try {
        const indices = batchAt(next);
        await work.refresh(); // may open another reader
        await work.prepare(indices);
        const { step, learningRate } = plan.begin(next);
        work.submit(indices, learningRate, step);
        steps.push({ indices, step, learningRate });
        next++;
        // reads ahead while the device computes; an error is thrown when the batch is needed
        if (next < count) work.prepare(batchAt(next)).catch(() => {});
      } catch (error) {
        failure = { error };
      }
    }
    if (steps.length === 0) {
      if (ended) ended.isDue = isDue;
      return null;
    }
    const metrics = work.read();
    metrics.catch(() => {}); // awaited one group later; avoids an unhandled rejection until then
    return { steps, metrics, isDue };
  };
  let submitted: Group | null = null;
  try {
    for (;;) {
      const ended: Group | null = submitted;
      submitted = await submitGroup(ended);
      if (!ended && !submitted) {
        if (failure) throw failure.error;
        return;
      }
      if (!ended) continue;
      const all: StepMetrics[] = await ended.metrics;
      plan.pace.arrived(all.length);
      for (const [k, metrics] of all.entries()) {
        const { indices, step, learningRate } = ended.steps[k] as Group['steps'][number];
        if (!metrics.isFinite) {
          await submitted?.metrics;
          throw await work.explain(indices, step, metrics);
        }
        yield { step, learningRate, metrics, isDue: ended.isDue && k === all.length - 1 };
      }
    }
  } finally {
    // a caller that ends the iteration early may free tensors that the steps use
    await (submitted as Group | null)?.metrics.catch(() => {});
  }
}

/** Steps whose metrics are read back together. */
interface Group {
  steps: { indices: readonly number[]; step: number; learningRate: number }[];
  metrics: Promise<StepMetrics[]>;
  /** whether no step may be submitted before the caller has handled this group */
  isDue: boolean;
}
