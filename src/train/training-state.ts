import type { BatchSource } from '../data/batch-source.ts';
import { readState, type StateDict, writeState } from '../layers/state-dict.ts';
import type { SoftmaxCenterLoss } from '../loss/softmax-center-loss.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Schedule } from '../optim/schedules.ts';
import { sameShape, show } from '../tensor/shape.ts';
import type { Classifier } from './classifier.ts';
import type { MovingAverage } from './moving-average.ts';

/** Sums over the steps of the running epoch. */
export interface EpochSums {
  loss: number;
  crossEntropy: number;
  center: number;
  correct: number;
  pictures: number;
}

/**
 * All that a run must know to go on to the last bit. Plain data: `encodeCheckpoint` makes a file of it, and IndexedDB
 * takes it as it is.
 */
export interface TrainingState {
  /** epochs that have ended, and steps done of the running one */
  position: { epoch: number; step: number };
  sums: EpochSums;
  schedule: Record<string, number>;
  /** the epoch with the best validation accuracy so far, counted from 1, and its weights */
  best: { epoch: number; accuracy: number; state: StateDict } | null;
  /** parameters, running statistics, counters of dropout */
  model: StateDict;
  optimizer: StateDict;
  /** centres and the counter of their draws */
  loss: StateDict;
  /** moving average of the weights; empty without one */
  average: StateDict;
  /** model, data and recipe in words: a run that differs is refused */
  run: Record<string, string>;
}

/** What of it lies on the device. */
const PLACED = ['model', 'optimizer', 'loss', 'average'] as const;

/** What a run is made of. */
export interface RunParts {
  model: Classifier;
  loss: SoftmaxCenterLoss;
  optimizer: Optimizer;
  schedule: Schedule;
  average: MovingAverage | null;
}

/** The checkpoint does not belong to this model, these data or this recipe. Nothing was changed. */
export class ResumeError extends Error {
  override readonly name = 'ResumeError';
}

/** Reads everything from the device. */
export async function readTrainingState(
  parts: RunParts,
  host: Pick<TrainingState, 'position' | 'sums' | 'best' | 'run'>,
): Promise<TrainingState> {
  return {
    position: { ...host.position },
    sums: { ...host.sums },
    best: host.best,
    run: host.run,
    schedule: parts.schedule.state?.() ?? {},
    ...(await readPlaced(parts)),
  };
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
    loss: loss.center ? await readState(loss.center, false) : new Map(),
    average: average ? await average.state() : new Map(),
  };
}

/**
 * Puts a state back, once all of it is known to fit.
 * @throws ResumeError that says in what the runs differ; nothing is written then
 */
export async function writeTrainingState(
  parts: RunParts,
  state: TrainingState,
  run: Record<string, string>,
): Promise<void> {
  const isFixed = parts.schedule.dependsOnLength ?? true;
  const names = [...new Set([...Object.keys(run), ...Object.keys(state.run)])];
  const different = names.filter((name) => run[name] !== state.run[name] && (name !== 'epochs' || isFixed));
  if (different.length > 0) {
    const lines = different.map((name) => {
      return `  ${name}: ${run[name] ?? 'none'} here, ${state.run[name] ?? 'none'} in the checkpoint`;
    });
    throw new ResumeError(
      `the checkpoint is of another run and would not go on as it began; it differs in\n${lines.join('\n')}\n` +
        'Give the options of its run, or begin a new one.',
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
  if (loss.center) writeState(loss.center, state.loss, true, false);
  average?.loadState(state.average);
  schedule.restore?.(state.schedule);
}

/** What of a state the run lacks, or has in another shape, and what it has besides. */
function misfits(part: string, here: StateDict, given: StateDict): string[] {
  const problems: string[] = [];
  for (const [name, { shape, data }] of here) {
    const found = given.get(name);
    if (!found) problems.push(`${part}: missing: ${name} ${show(shape)}`);
    else if (!sameShape(found.shape, shape) || found.data.length !== data.length) {
      const held = `${show(found.shape)} of ${found.data.length} numbers`;
      problems.push(`${part}: misshapen: ${name} is ${held}, here it is ${show(shape)} of ${data.length}`);
    }
  }
  for (const name of given.keys()) if (!here.has(name)) problems.push(`${part}: unexpected: ${name}`);
  return problems;
}

/** Model, data and recipe in words. */
export function describeRun(
  { model, loss, optimizer, schedule, average }: RunParts,
  data: { train: BatchSource; valid?: BatchSource | undefined },
  options: Record<string, unknown>,
): Record<string, string> {
  const { center } = loss;
  const { labelSmoothing = 0, classWeights } = loss.crossEntropy.options;
  const words: Record<string, string> = {
    model: `${model.variant ? `FER-MobileNetV3, ${model.variant}` : 'a network of your own'}, ${model.parameterCount()} parameters`,
    classes: (model.classNames ?? data.train.classNames).join(', '),
    'training pictures': describeSource(data.train),
    'validation pictures': data.valid ? describeSource(data.valid) : 'none',
    loss: [
      `labelSmoothing ${labelSmoothing}`,
      `classWeights ${classWeights ? 'yes' : 'no'}`,
      center
        ? `lambda ${loss.lambda}, ${center.kind} over ${loss.over}, alpha ${center.alpha}`
        : 'no centres',
    ].join(', '),
    optimizer: JSON.stringify(optimizer.settings()),
    schedule: JSON.stringify(schedule.settings?.() ?? null),
    average: average ? `decay ${average.decay}` : 'none',
  };
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null) words[name] = JSON.stringify(value);
  }
  return words;
}

function describeSource(source: BatchSource): string {
  return `${source.length}${source.fingerprint === undefined ? '' : `, fingerprint ${source.fingerprint}`}`;
}
