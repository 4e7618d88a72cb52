import {
  boolean,
  callable,
  checkOptions,
  checkValue,
  finite,
  having,
  type OptionRules,
} from '../../gpu/check-options.ts';
import type { TuningTable } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import { DeviceLostError } from '../../gpu/errors.ts';
import type { PipelineEntry } from '../../gpu/pipelines.ts';
import { requireFreeTuning } from '../../gpu/tuning-hold.ts';
import { expectDevice } from '../expect.ts';
import { collect, type Operation } from './collect.ts';
import { duel, type Limits } from './duel.ts';
import { Scratch } from './scratch.ts';
import { mismatchOf, parseTable, tableOf } from './table.ts';
import { type Timer, timerOf } from './timers.ts';
import type { TunedOperation, TuneOptions, TuningResult } from './tune-options.ts';
import { TunedChoices } from './tuned-choices.ts';
import { openTuningCache } from './tuning-cache.ts';
import { keepIfFasterTogether } from './whole-work.ts';

const OPTIONS: OptionRules<TuneOptions> = {
  budgetMs: (value) => finite(value, 0, 1e9),
  onProgress: callable,
  cache: (value) =>
    typeof value === 'boolean' || (typeof value === 'string' && value !== '')
      ? undefined
      : 'true, false, or the name of a folder or database',
  refresh: boolean,
  signal: (value) => having(value, 'aborted', 'an AbortSignal'),
};

/** Pipelines compiled in parallel; the budget is checked after each group. */
const COMPILED_AT_ONCE = 4;

/** Devices that are being tuned. */
const busy = new WeakSet<Device>();

/** Replacements of the clocks, for tests. */
export interface Clocks {
  timer?: Timer;
  now?: () => number;
}

/**
 * Measures on the device's adapter the variants of the kernels that `work` uses, and puts the fastest into the device's
 * tuning table, which everything recorded later uses. Existing captures keep the kernels that they were recorded with. The
 * table is stored per adapter, driver and library version, so that a second call measures only what is new.
 *
 *   await tune(device, () => model.forward(images), { budgetMs: 10_000, onProgress: console.log });
 *
 * A table changes the order in which numbers are added, so results differ in their last bits from those without it. The
 * same table gives the same bits.
 * @param work is recorded, as by `device.capture`, but never run; its tensors are disposed. If it computes gradients, call
 *   `zeroGrad()` before and after.
 * @throws Error when `work` throws, or while a training run or another call of `tune` uses the device
 * @throws DeviceLimitError when a tensor of `work` does not fit on the device
 */
export async function tune(
  device: Device,
  work: () => unknown,
  options: TuneOptions = {},
  clocks: Clocks = {},
): Promise<TuningResult> {
  expectDevice('tune', device);
  checkValue('tune', 'work', work, callable);
  checkOptions('tune', options, OPTIONS);
  requireFreeTuning('tune', device);
  if (busy.has(device)) throw new Error('tune: this device is already being tuned. Wait for the first call.');
  busy.add(device);
  try {
    const { timer = timerOf(device), now = () => performance.now() } = clocks;
    return await measure(device, work, options, timer, now);
  } finally {
    busy.delete(device);
  }
}

async function measure(
  device: Device,
  work: () => unknown,
  options: TuneOptions,
  timer: Timer,
  now: () => number,
): Promise<TuningResult> {
  const { budgetMs = 3000, onProgress, cache = true, refresh = false, signal } = options;
  const started = now();
  const isStopped = () => signal?.aborted ?? false;
  const isOver = () => now() - started >= budgetMs || isStopped();
  let cacheProblem: string | null = null;
  const noteProblem = (error: unknown) => {
    cacheProblem = error instanceof Error ? error.message : String(error);
  };
  const place = cache === true ? undefined : cache;
  const kept = place === false ? null : await openTuningCache(place).catch(noteProblem);
  const empty = tableOf(device, {});
  const name = JSON.stringify([empty.format, empty.library, empty.adapter]);
  const stored =
    kept && !refresh ? await kept.get(name).then((text) => storedChoices(device, text), noteProblem) : null;
  const choices: Record<string, string> = { ...stored, ...exportTuning(device)?.choices };

  const operations = collect(device, work)
    .filter(({ candidates }) => candidates.length > 1)
    .sort((a, b) => b.size * b.count - a.size * a.count);
  const missing = operations.filter(({ key }) => refresh || !Object.hasOwn(choices, key));
  const measured: TunedOperation[] = [];
  const scratch = isOver() ? null : new Scratch(device, missing);
  try {
    for (const [done, operation] of missing.entries()) {
      if (!scratch || isOver()) break;
      onProgress?.({ done, total: missing.length, key: operation.key, milliseconds: now() - started });
      const one = await fastest(device, operation, scratch, timer, { isOver, isStopped });
      if (one) measured.push(one);
    }
    scratch?.destroy(); // its memory is free for the whole
    await keepIfFasterTogether(device, work, measured, timer);
    await device.sync(); // throws errors of the dispatches
  } catch (error) {
    throw await lossOr(device, error);
  } finally {
    scratch?.destroy();
  }
  for (const { key, variant } of measured) choices[key] = variant;
  requireFreeTuning('tune', device); // a run that began meanwhile keeps its table
  const table = tableOf(device, choices);
  device.choices = new TunedChoices(device, table);
  if (kept && measured.length > 0) {
    // another process may have stored other operations meanwhile
    const others = await kept.get(name).then(
      (text) => storedChoices(device, text),
      () => null,
    );
    await kept.put(name, JSON.stringify({ ...table, choices: { ...others, ...choices } })).catch(noteProblem);
  }
  return {
    table: structuredClone(table),
    measured: measured.sort((a, b) => b.count * b.defaultMs - a.count * a.defaultMs),
    known: operations.length - missing.length,
    left: missing.length - measured.length,
    cacheProblem,
  };
}

/** Returns the choices of a stored table; a damaged one is ignored and replaced. */
function storedChoices(device: Device, text: string | undefined): Readonly<Record<string, string>> | null {
  if (text === undefined) return null;
  try {
    const table = parseTable('tune', JSON.parse(text));
    return mismatchOf(device, table) ? null : table.choices;
  } catch {
    return null;
  }
}

async function fastest(
  device: Device,
  { key, count, candidates }: Operation,
  scratch: Scratch,
  timer: Timer,
  limits: Limits,
): Promise<TunedOperation | null> {
  const entries = [...new Set(candidates.flatMap(({ dispatches }) => dispatches.map(({ entry }) => entry)))];
  // a variant is left out if it does not compile, or was not compiled in time
  const refused = new Set<PipelineEntry>();
  for (let i = 0; i < entries.length; i += COMPILED_AT_ONCE) {
    const some = entries.slice(i, i + COMPILED_AT_ONCE);
    if (i > 0 && limits.isOver()) for (const entry of some) refused.add(entry);
    else for (const { entry } of await device.pipelines.compile(some)) refused.add(entry);
  }
  const usable = candidates.filter(({ dispatches }) => !dispatches.some(({ entry }) => refused.has(entry)));
  if (usable[0] !== candidates[0]) return null; // the work itself will report it
  const contenders = usable.map(({ name, dispatches }) => ({ name, commands: scratch.bind(dispatches) }));
  const verdict = await duel(timer, contenders, limits);
  return (
    verdict && { key, count, variant: verdict.name, defaultMs: verdict.defaultMs, variantMs: verdict.ms }
  );
}

/** Returns the loss of the device if it caused the error. */
async function lossOr(device: Device, error: unknown): Promise<unknown> {
  if (error instanceof DeviceLostError) return error;
  if ((error as Error).name === 'AbortError') await device.lost;
  return device.sync().then(
    () => error,
    (cause: unknown) => (cause instanceof DeviceLostError ? cause : error),
  );
}

/** Returns the tuning table in use as plain JSON, or null if the defaults are used. */
export function exportTuning(device: Device): TuningTable | null {
  expectDevice('exportTuning', device);
  return structuredClone(device.choices?.table ?? null);
}

/**
 * Uses a table of `exportTuning` for everything recorded later, in place of the present one; null restores the defaults.
 * @throws Error for a table of another adapter or library version, or with an unknown key or variant
 */
export function importTuning(device: Device, table: unknown): void {
  expectDevice('importTuning', device);
  requireFreeTuning('importTuning', device);
  if (busy.has(device)) throw new Error('importTuning: this device is being tuned. Wait for tune().');
  device.choices = table === null ? null : new TunedChoices(device, tableFor(device, table));
}

function tableFor(device: Device, value: unknown): TuningTable {
  const table = structuredClone(parseTable('importTuning', value));
  const problem = mismatchOf(device, table);
  if (problem) throw new Error(`importTuning: ${problem}. Tune this device with tune().`);
  return table;
}
