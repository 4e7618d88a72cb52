import { BufferPool, largestBinding, type PooledBuffer } from '../../gpu/buffer-pool.ts';
import { CaptureBuffers } from '../../gpu/capture-buffers.ts';
import type { Choices } from '../../gpu/choices.ts';
import type { Device } from '../../gpu/device.ts';
import { type Command, endUse, type Recorded } from '../../gpu/resolver.ts';
import type { Storage } from '../../gpu/storage.ts';
import { synchronous } from '../../gpu/synchronous.ts';
import { scope } from '../scope.ts';
import { OperationChoices } from './operation-choices.ts';
import { isGain, repeatsFor } from './paired.ts';
import { bindCommand } from './scratch.ts';
import { DEFAULT, keyOf } from './table.ts';
import type { Timer } from './timers.ts';
import type { TunedOperation } from './tune-options.ts';
import { variantsOf } from './tuned-choices.ts';

/** Rounds in which the whole runs with the defaults and with the chosen variants. */
const ROUNDS = 5;
/** The chosen variants are given up unless the median of the paired ratios is below this. */
const GAIN = 0.98;
/** Variants with a smaller time than this share of the default's are the last to be given up. */
const CLEAR_GAIN = 0.85;

/**
 * Runs all measured operations in their order, in turn with the defaults and with the chosen variants, and gives up the
 * variants if the whole is not faster beyond noise: caches are then used in another way than when one operation is
 * repeated. First only the variants with a small gain are given up, then all.
 */
export async function keepIfFasterTogether(
  device: Device,
  work: () => unknown,
  measured: readonly TunedOperation[],
  timer: Timer,
): Promise<void> {
  const whole = new WholeWork(device, work);
  try {
    for (const least of [1, CLEAR_GAIN, 0]) {
      for (const operation of measured) {
        if (operation.variantMs < least * operation.defaultMs) continue;
        operation.variant = DEFAULT;
        operation.variantMs = operation.defaultMs;
      }
      if (measured.every(({ variant }) => variant === DEFAULT)) return;
      const commandsOf = (variantOf: (one: TunedOperation) => string) =>
        whole.record(new Map(measured.map((one) => [one.key, variantOf(one)])));
      const pair = [commandsOf(() => DEFAULT), commandsOf(({ variant }) => variant)] as const;
      if (await isFaster(timer, ...pair)) return;
    }
  } finally {
    whole.destroy();
  }
}

/** Returns whether the second list is faster than the first one beyond noise. */
async function isFaster(timer: Timer, base: readonly Command[], other: readonly Command[]): Promise<boolean> {
  const once = await timer.time([base, other].map((commands) => ({ commands, repeats: 1 })));
  const repeats = repeatsFor(timer, Math.max(...once));
  const ratios: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const order = i % 2 === 0 ? [base, other] : [other, base];
    const times = await timer.time(order.map((commands) => ({ commands, repeats })));
    const [baseMs = 0, ms = 0] = i % 2 === 0 ? times : times.reverse();
    ratios.push(ms / baseMs);
  }
  return isGain(ratios, GAIN);
}

/** Records operations with the variants of a map, and notes their dispatches. */
class Marking extends OperationChoices {
  readonly table = null;
  readonly spans: { from: number; to: number }[] = [];
  private readonly names: ReadonlyMap<string, string>;
  private isInside = false;

  constructor(device: Device, names: ReadonlyMap<string, string>) {
    super(device);
    this.names = names;
  }

  protected choose(...[family, dtype, shape, byDefault, variants]: Parameters<Choices['record']>): void {
    const name = this.isInside ? undefined : this.names.get(keyOf(family, dtype, shape));
    if (name === undefined) {
      byDefault();
      return;
    }
    const from = this.device.recorded.length;
    this.isInside = true;
    try {
      const run = name === DEFAULT ? byDefault : variantsOf(this.device, variants)[name];
      (run ?? byDefault)();
    } finally {
      this.isInside = false;
    }
    this.spans.push({ from, to: this.device.recorded.length });
  }
}

/**
 * The measured operations of the work, in their order and in memory of the same sizes and lifetimes as a capture of the
 * work. The tensors of the work itself are not accessed.
 */
class WholeWork {
  private readonly device: Device;
  private readonly work: () => unknown;
  private readonly buffers: CaptureBuffers;

  constructor(device: Device, work: () => unknown) {
    this.device = device;
    this.work = work;
    this.buffers = new CaptureBuffers(new BufferPool(device.gpu, device.stats));
  }

  /**
   * Returns the commands of the operations in `names`, each recorded with its variant. All lists use the same memory, so
   * they run one after the other.
   */
  record(names: ReadonlyMap<string, string>): Command[] {
    const { device } = this;
    const marking = new Marking(device, names);
    const before = device.choices;
    let commands: Command[] = [];
    device.choices = marking;
    try {
      device.estimate(
        () => {
          scope(() => {
            synchronous('tune', this.work);
          });
        },
        (list) => {
          commands = this.bind(marking.spans.flatMap(({ from, to }) => list.slice(from, to)));
          for (const { views } of list) for (const { view } of views) endUse(view.storage);
          return 0;
        },
      );
    } finally {
      device.choices = before;
    }
    return commands;
  }

  private bind(list: readonly Recorded[]): Command[] {
    const storages = new Set<Storage>(list.flatMap(({ views }) => views.map(({ view }) => view.storage)));
    const own = [...storages].map((storage) => [storage, storage.buffer] as const);
    for (const storage of storages) storage.buffer = null;
    try {
      this.buffers.assign(list);
      this.buffers.reuse();
      const most = largestBinding(this.device.limits);
      return list.map((dispatch) =>
        bindCommand(this.device, dispatch, most, ({ view }) => ({
          buffer: (view.storage.buffer as PooledBuffer).buffer,
          offset: view.byteOffset,
        })),
      );
    } finally {
      for (const [storage, buffer] of own) storage.buffer = buffer;
    }
  }

  destroy(): void {
    this.buffers.destroy();
  }
}
