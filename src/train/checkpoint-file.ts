import { crc32 } from '../formats/crc32.ts';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../formats/safetensors.ts';
import { tensorsOf } from '../formats/state-tensors.ts';
import { checkValue, having } from '../gpu/check-options.ts';
import type { TuningTable } from '../gpu/choices.ts';
import type { StateDict } from '../layers/state-dict.ts';
import type { RunIdentity } from './run-identity.ts';
import type { TrainingState } from './training-state.ts';

const FORMAT = 'feathergrad checkpoint 2';
const PARTS = ['model', 'optimizer', 'loss', 'average', 'best'] as const;

/** Thrown for a file that is not a complete checkpoint. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Encodes a training state as a safetensors file, bit for bit.
 * @param about strings of the caller, which `decodeCheckpoint` returns
 */
export function encodeCheckpoint(
  state: TrainingState,
  about: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  checkValue('encodeCheckpoint', 'state', state, (value) => having(value, 'position', 'a TrainingState'));
  const { position, sums, firstLoss, schedule, best, run, tuning = null } = state;
  const tensors = new Map<string, SafetensorsTensor>();
  for (const part of PARTS) {
    const dict = part === 'best' ? best?.state : state[part];
    for (const [name, tensor] of tensorsOf(dict ?? new Map())) tensors.set(`${part}/${name}`, tensor);
  }
  const host = {
    position,
    sums,
    firstLoss,
    schedule,
    run,
    ...(tuning && { tuning }),
    best: best && {
      epoch: best.epoch,
      accuracy: best.accuracy,
      ...(Number.isFinite(best.loss) && { loss: best.loss }),
      ...(best.since && { since: best.since }),
    },
  };
  const texts = { format: FORMAT, state: JSON.stringify(host), about: JSON.stringify(about) };
  return encodeSafetensors(tensors, { ...texts, checksum: checkpointChecksum(tensors, texts) });
}

/**
 * Decodes a checkpoint: the state for `fit({ resume })`, and the strings that the caller of `encodeCheckpoint` added.
 * @throws CheckpointError for a file that is truncated, damaged or not a checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array): { state: TrainingState; about: Record<string, string> } {
  let file: ReturnType<typeof decodeSafetensors>;
  try {
    file = decodeSafetensors(bytes);
  } catch (cause) {
    throw new CheckpointError(`not a complete checkpoint: ${(cause as Error).message}`, { cause });
  }
  const { format, state: host = '', about = '{}' } = file.metadata;
  if (format !== FORMAT) {
    const kind = format === undefined ? 'has no format' : `has the format "${format}"`;
    throw new CheckpointError(
      `a safetensors file that ${kind}, not "${FORMAT}". A run cannot be resumed from weights only`,
    );
  }
  const { checksum, ...texts } = file.metadata;
  if (checksum !== checkpointChecksum(file.tensors, texts)) {
    throw new CheckpointError(
      checksum === undefined
        ? 'not a complete checkpoint: it has no checksum, perhaps because an older version wrote it'
        : 'damaged: its contents do not match their checksum',
    );
  }
  const dicts = new Map<string, StateDict>(PARTS.map((part) => [part, new Map()]));
  for (const [key, { shape, data }] of file.tensors) {
    const slash = key.indexOf('/');
    const dict = dicts.get(key.slice(0, slash));
    if (!dict || !(data instanceof Float32Array || data instanceof Uint32Array)) {
      throw new CheckpointError(`holds ${key}, which is not part of a checkpoint`);
    }
    const values = data as Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
    dict.set(key.slice(slash + 1), { shape, data: values });
  }
  const part = (name: (typeof PARTS)[number]) => dicts.get(name) as StateDict;
  const { best, ...rest } = hostOf(parsed(host));
  const state: TrainingState = {
    ...rest,
    best: best && { ...best, state: part('best') },
    model: part('model'),
    optimizer: part('optimizer'),
    loss: part('loss'),
    average: part('average'),
  };
  return { state, about: textsOf(parsed(about), 'about') };
}

/** Computes the CRC-32 of the names, types, shapes and numbers of all tensors, and of all texts. */
export function checkpointChecksum(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  texts: Readonly<Record<string, string>>,
): string {
  const encoder = new TextEncoder();
  let sum = crc32(encoder.encode(JSON.stringify(Object.entries(texts))));
  for (const [name, { dtype, shape, data }] of tensors) {
    sum = crc32(encoder.encode(JSON.stringify([name, dtype, shape])), sum);
    sum = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum);
  }
  return sum.toString(16).padStart(8, '0');
}

/** The part of the state kept in the metadata. */
type Host = Pick<TrainingState, 'position' | 'sums' | 'firstLoss' | 'schedule' | 'run' | 'tuning'> & {
  best: Omit<NonNullable<TrainingState['best']>, 'state'> | null;
};

function hostOf(value: unknown): Host {
  const host = recordOf(value, 'state');
  const numbers = <K extends string>(name: string, keys: readonly K[]): Record<K, number> => {
    const given = recordOf(host[name], name);
    for (const key of keys) requireNumber(`${name}.${key}`, given[key], Number.isFinite, 'a number');
    return given as Record<K, number>;
  };
  const position = numbers('position', ['epoch', 'step']);
  requireNumber('position.epoch', position.epoch, isCount, 'an integer of at least 0');
  requireNumber('position.step', position.step, isCount, 'an integer of at least 0');
  const sums = numbers('sums', ['loss', 'correct', 'counted', 'pictures']);
  const { correct, counted, pictures } = sums;
  requireNumber('sums.pictures', pictures, isCount, 'an integer of at least 0');
  requireNumber('sums.counted', counted, (n) => n >= 0 && n <= pictures, `0 to ${pictures}, the images seen`);
  requireNumber(
    'sums.correct',
    correct,
    (n) => n >= 0 && n <= counted,
    `0 to ${counted}, the images with a label`,
  );
  const parts = recordOf(recordOf(host.sums, 'sums').parts, 'sums.parts');
  for (const [name, part] of Object.entries(parts)) {
    requireNumber(`sums.parts.${name}`, part, Number.isFinite, 'a number');
  }
  const { firstLoss } = host;
  if (firstLoss !== null) requireNumber('firstLoss', firstLoss, Number.isFinite, 'a number or null');
  const schedule = recordOf(host.schedule, 'schedule');
  for (const [name, setting] of Object.entries(schedule)) {
    // JSON writes infinities as null
    if (setting !== null) requireNumber(`schedule.${name}`, setting, Number.isFinite, 'a number or null');
  }
  const best: Host['best'] = host.best === null ? null : numbers('best', ['epoch', 'accuracy']);
  if (best) {
    const { loss, since } = best;
    if (loss !== undefined) requireNumber('best.loss', loss, Number.isFinite, 'a number');
    if (since !== undefined) {
      const isEpoch = (n: number) => isCount(n) && n >= 1 && n <= best.epoch;
      requireNumber('best.since', since, isEpoch, `1 to ${best.epoch}, the best epoch`);
    }
    requireNumber('best.epoch', best.epoch, (n) => isCount(n) && n >= 1, 'an integer of at least 1');
    requireNumber('best.accuracy', best.accuracy, (n) => n >= 0 && n <= 1, '0 to 1');
  }
  return {
    position,
    sums: { ...sums, parts: parts as Record<string, number> },
    firstLoss: firstLoss as number | null,
    schedule: schedule as Record<string, number>,
    run: recordOf(host.run, 'run') as RunIdentity,
    // `fit` checks its entries
    tuning: host.tuning === undefined ? null : (recordOf(host.tuning, 'tuning') as unknown as TuningTable),
    best,
  };
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** @throws CheckpointError that names the entry, unless its value is a valid number */
function requireNumber(
  name: string,
  value: unknown,
  isValid: (value: number) => boolean,
  expected: string,
): void {
  if (typeof value === 'number' && isValid(value)) return;
  throw new CheckpointError(
    `not a complete checkpoint: ${name} in its metadata: got ${JSON.stringify(value)}, expected ${expected}`,
  );
}

function textsOf(value: unknown, name: string): Record<string, string> {
  const texts = recordOf(value, name);
  if (!Object.values(texts).every((text) => typeof text === 'string')) return lacks(`strings in ${name}`);
  return texts as Record<string, string>;
}

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return lacks(name);
  return value as Record<string, unknown>;
}

function lacks(what: string): never {
  throw new CheckpointError(`not a complete checkpoint: its metadata has no ${what}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`its metadata is damaged (${(cause as Error).message})`, {
      cause,
    });
  }
}
