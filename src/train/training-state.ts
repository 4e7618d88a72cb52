import type { TuningTable } from '../gpu/choices.ts';
import { frozenParts } from '../layers/frozen.ts';
import { keptInEvaluation } from '../layers/in-evaluation.ts';
import { readState, type StateDict, writeState } from '../layers/state-dict.ts';
import { stateProblems } from '../layers/state-problems.ts';
import { asLoss, type Loss, type LossFunction } from '../loss/loss.ts';
import type { AnyOptimizer } from '../optim/sam.ts';
import type { Schedule } from '../optim/schedules.ts';
import type { Classifier } from './classifier.ts';
import type { EpochSums } from './epoch-sums.ts';
import type { MovingAverage } from './moving-average.ts';
import { differences, type RunIdentity } from './run-identity.ts';

/**
 * Everything needed to resume a run bit for bit. It is plain data: `encodeCheckpoint` converts it to a file, and IndexedDB
 * can store it directly.
 */
export interface TrainingState {
  /** completed epochs, and completed steps of the current epoch */
  position: { epoch: number; step: number };
  sums: EpochSums;
  /** loss of the first step, to detect divergence; null before it */
  firstLoss: number | null;
  schedule: Record<string, number>;
  /**
   * the best epoch so far by `isBetter`, counted from 1, the validation accuracy and loss, the first epoch with this accuracy
   * (default: the best one), and the weights
   */
  best: { epoch: number; accuracy: number; loss?: number; since?: number; state: StateDict } | null;
  /** parameters, running statistics, counters of dropout */
  model: StateDict;
  optimizer: StateDict;
  /** state of the loss, such as centers */
  loss: StateDict;
  /** moving average of the weights; empty without one */
  average: StateDict;
  /** model, data and settings; a state with a different identity is rejected */
  run: RunIdentity;
  /** the tuning table in use, which a resumed run also uses; null or absent for the defaults */
  tuning?: TuningTable | null;
}

/** The parts stored on the device. */
const PLACED = ['model', 'optimizer', 'loss', 'average'] as const;

/** The objects of a run that hold state. */
export interface RunParts {
  model: Classifier;
  loss: Loss | LossFunction;
  optimizer: AnyOptimizer;
  schedule: Schedule;
  average: MovingAverage | null;
}

/** Thrown when a checkpoint belongs to another model, other data or other settings. Nothing was changed. */
export class ResumeError extends Error {
  override readonly name = 'ResumeError';
}

/** Reads the state of a run from the device. */
export async function readTrainingState(
  parts: RunParts,
  host: Pick<TrainingState, 'position' | 'sums' | 'firstLoss' | 'best' | 'run' | 'tuning'>,
): Promise<TrainingState> {
  return {
    position: { ...host.position },
    sums: { ...host.sums, parts: { ...host.sums.parts } },
    firstLoss: host.firstLoss,
    best: host.best,
    tuning: host.tuning ?? null,
    run: { ...host.run, ...restingParts(parts.model) },
    schedule: parts.schedule.state?.() ?? {},
    ...(await readPlaced(parts)),
  };
}

/** Returns the parts of the model that are frozen or in evaluation mode. They may change during a run. */
function restingParts(model: Classifier): RunIdentity {
  const [frozen, evaluation] = [frozenParts(model), keptInEvaluation(model)];
  return { frozen: frozen.length > 0 ? frozen : null, evaluation: evaluation.length > 0 ? evaluation : null };
}

async function readPlaced({
  model,
  loss,
  optimizer,
  average,
}: RunParts): Promise<Pick<TrainingState, (typeof PLACED)[number]>> {
  return {
    model: await readState(model, false),
    optimizer: await optimizer.stateDict(),
    loss: (await asLoss(loss).stateDict?.()) ?? new Map(),
    average: average ? await average.state() : new Map(),
  };
}

/**
 * Restores a state, after checking that all of it fits.
 * @throws ResumeError with the differences of the runs; then nothing is written
 */
export async function writeTrainingState(
  parts: RunParts,
  state: TrainingState,
  run: RunIdentity,
): Promise<void> {
  const isFixed = parts.schedule.dependsOnLength ?? true;
  const lines = differences({ ...run, ...restingParts(parts.model) }, state.run, isFixed ? [] : ['epochs']);
  if (lines.length > 0) {
    throw new ResumeError(
      `the checkpoint is from a different run and cannot be resumed with these options; it differs in\n  ${lines.join('\n  ')}\n` +
        'Use the options of its run, or start a new run.',
    );
  }
  const { model, loss, optimizer, schedule, average } = parts;
  const here = await readPlaced(parts);
  const problems = PLACED.flatMap((part) => misfits(part, here[part], state[part]));
  if (state.best) problems.push(...misfits('best', await model.stateDict(), state.best.state));
  if (problems.length > 0) {
    throw new ResumeError(`the checkpoint does not fit:\n  ${problems.join('\n  ')}`);
  }
  writeState(model, state.model, true, false);
  optimizer.loadStateDict(state.optimizer);
  asLoss(loss).loadStateDict?.(state.loss);
  average?.loadState(state.average);
  schedule.restore?.(state.schedule);
}

/** Returns the missing, wrongly shaped and unexpected entries of one part of a state. */
function misfits(part: string, here: StateDict, given: StateDict): string[] {
  const wanted = [...here].map(([name, { shape }]) => [name, shape] as const);
  return stateProblems(wanted, given).map((problem) => `${part}: ${problem}`);
}
