import type { BatchSource } from '../data/batch-source.ts';
import { asLoss, type Loss, type LossFunction } from '../loss/loss.ts';
import type { AnyOptimizer } from '../optim/sam.ts';
import type { Schedule } from '../optim/schedules.ts';
import type { SettingsValue } from '../optim/settings.ts';
import type { Classifier } from './classifier.ts';
import type { MovingAverage } from './moving-average.ts';

/** Increases when the meaning of a name in `RunIdentity` changes. */
const VERSION = 1;

/**
 * Identity of a run, as plain JSON; a checkpoint with a different identity is rejected. Names and values do not depend
 * on the build or on the wording of messages.
 */
export type RunIdentity = { readonly [name: string]: SettingsValue };

/** Parts of a run that determine its identity. */
export interface RunDescription {
  model: Classifier;
  loss: Loss | LossFunction;
  optimizer: AnyOptimizer;
  schedule: Schedule;
  average: MovingAverage | null;
  train: BatchSource;
  valid?: BatchSource | undefined;
  /** the other options of `fit` that change what is computed */
  options: Readonly<Record<string, unknown>>;
}

/** Returns the identity of a run. */
export async function identityOf(run: RunDescription): Promise<RunIdentity> {
  const { model, optimizer, schedule, average, train, valid, options } = run;
  const identity = {
    version: VERSION,
    model: {
      type: model.variant === undefined ? (model.model ?? 'Module') : 'FerMobileNetV3',
      variant: model.variant ?? null,
      parameters: model.parameterCount(),
    },
    classes: model.classNames ?? train.classNames,
    train: sourceIdentity(train),
    valid: valid ? sourceIdentity(valid) : null,
    loss: (await asLoss(run.loss).settings?.()) ?? null,
    optimizer: optimizer.settings(),
    schedule: schedule.settings?.() ?? null,
    average: average ? { decay: average.decay } : null,
    ...options,
  };
  // the same as after reading from a file, without undefined values and class instances
  return JSON.parse(JSON.stringify(identity)) as RunIdentity;
}

function sourceIdentity({ length, fingerprint }: BatchSource) {
  return { images: length, fingerprint: fingerprint ?? null };
}

/**
 * Returns the differences of two identities, one line per value. `ignored` are top-level names. A center loss of weight 0
 * is its cross-entropy.
 */
export function differences(
  here: RunIdentity,
  there: RunIdentity,
  ignored: readonly string[] = [],
): string[] {
  const [ours, theirs] = [flat(withPlainLoss(here)), flat(withPlainLoss(there))];
  const isIgnored = (path: string) => ignored.some((name) => path === name);
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].filter((path) => !isIgnored(path));
  const shown = (value: string | undefined) => value ?? 'none';
  return paths
    .filter((path) => shown(ours.get(path)) !== shown(theirs.get(path)))
    .map((path) => `${path}: ${shown(ours.get(path))} here, ${shown(theirs.get(path))} in the checkpoint`);
}

function withPlainLoss(run: RunIdentity): RunIdentity {
  const loss = run.loss as RunIdentity | null | undefined;
  const isPlain = loss?.type === 'SoftmaxCenterLoss' && loss.center === null;
  return isPlain ? { ...run, loss: loss.crossEntropy as SettingsValue } : run;
}

/** Returns every value by its path, such as "optimizer.betas". Lists are single values; null counts as absent. */
function flat(value: RunIdentity, path = ''): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, one] of Object.entries(value)) {
    const at = path ? `${path}.${name}` : name;
    if (one === null) continue;
    if (typeof one === 'object' && !Array.isArray(one)) {
      for (const [key, text] of flat(one as RunIdentity, at)) values.set(key, text);
    } else values.set(at, typeof one === 'string' ? one : JSON.stringify(one));
  }
  return values;
}
