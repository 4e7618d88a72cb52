import type { Device } from '../gpu/device.ts';
import type { DispatchSpec } from '../gpu/dispatch.ts';
import type { Kernel } from '../gpu/kernel.ts';
import { nextStorageId, type Storage, type StorageView } from '../gpu/storage.ts';
import { writeTime } from '../gpu/write-log.ts';
import { copyInto } from './accumulate.ts';
import { fnv1a } from './host-random.ts';
import { keep } from './scope.ts';
import { type Shape, show } from './shape.ts';
import { isGradEnabled, noGrad, type Recomputation, recomputation } from './tape.ts';
import { empty, type Tensor } from './tensor.ts';

/** A dispatch, a write from the host, or an operation on the tape. */
interface Step {
  readonly what: string;
  /** constants, sizes, and the memory from before the first run */
  readonly details: string;
  readonly isTaped: boolean;
}

/** Set while a run copies a random state, which is not a step of the function. */
let isCopying = false;

/** Notes what the function of a checkpoint does while it runs. */
abstract class Run implements Recomputation {
  abstract readonly repeats: boolean;
  readonly steps: Step[] = [];

  /** Runs `fn`, which the operations and dispatches report to this object. */
  during<T>(device: Device, fn: () => T): T {
    const { rules, upload } = device;
    const hadOwnUpload = Object.hasOwn(device, 'upload');
    const before = recomputation.run;
    recomputation.run = this;
    device.rules = {
      replace: (kernel, spec, on) => {
        this.dispatched(kernel, spec);
        return rules?.replace(kernel, spec, on);
      },
      transposed: (spec, on) => rules?.transposed(spec, on),
      alternatives: (kernel, spec, on) => rules?.alternatives(kernel, spec, on) ?? {},
    };
    device.upload = (view, data) => {
      this.uploaded(view, data);
      upload.call(device, view, data);
    };
    try {
      return fn();
    } finally {
      recomputation.run = before;
      device.rules = rules;
      if (hadOwnUpload) device.upload = upload;
      else delete (device as { upload?: unknown }).upload;
    }
  }

  note(inputs: readonly Tensor[], name: string, shape: Shape): void {
    const isTaped = isGradEnabled() && inputs.some(({ requiresGrad }) => requiresGrad);
    const shapes = inputs.map(
      (input) => `${show(input.shape)}${input.requiresGrad ? '' : ' without gradient'}`,
    );
    this.steps.push({ what: name, details: `${shapes.join(', ')} to ${show(shape)}`, isTaped });
  }

  protected dispatched(kernel: Kernel, spec: DispatchSpec): void {
    if (isCopying) return;
    const { label, bind, params, overrides, defines } = spec;
    const memory = Object.entries(bind ?? {}).map(([name, view]) => [name, this.placeOf(view)]);
    // in the second run batch norm has the momentum 0, so that its running statistics keep their values
    const constants = {
      ...overrides,
      ...defines,
      ...params,
      momentum: undefined,
      ...Object.fromEntries(memory),
    };
    const what = kernel?.name && kernel.name !== label ? `${label} (${kernel.name})` : label;
    this.steps.push({ what, details: JSON.stringify(constants), isTaped: false });
  }

  private uploaded(view: StorageView, data: ArrayBufferView): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const details = `${bytes.length} bytes with hash ${fnv1a(bytes)} to ${this.placeOf(view)}`;
    this.steps.push({ what: 'a write from the host', details, isTaped: false });
  }

  abstract randomState(state: Tensor): Tensor;
  protected abstract placeOf(view: StorageView | undefined): string;
}

/** Records what the second run must repeat or check: the steps, random states, and tensors that the operations read. */
export class FirstRun extends Run {
  readonly repeats: boolean;
  readonly states: Tensor[] = [];
  /** leaves that the operations use, and whether they required a gradient */
  readonly leaves = new Map<Tensor, boolean>();
  private readonly read = new Set<Tensor>();
  /** random states, which `states` holds as they were; each draw changes them */
  private readonly drawn = new Set<Storage>();
  private readonly outer: Recomputation | null;
  private readonly device: Device;
  private readonly start = writeTime();
  /** memory that existed before this run has a lower id */
  private readonly firstId = nextStorageId();

  /** @param outer the checkpoint in which this one runs */
  constructor(outer: Recomputation | null, device: Device) {
    super();
    this.outer = outer;
    this.repeats = outer?.repeats ?? false;
    this.device = device;
  }

  override note(inputs: readonly Tensor[], name: string, shape: Shape): void {
    this.outer?.note(inputs, name, shape);
    super.note(inputs, name, shape);
    for (const input of inputs) this.read.add(input);
  }

  protected override dispatched(kernel: Kernel, spec: DispatchSpec): void {
    super.dispatched(kernel, spec);
    for (const { access, name } of kernel?.bindings ?? []) {
      const view = spec.bind?.[name];
      if (access === 'read' && view && 'isTensor' in view) this.read.add(view as Tensor);
    }
  }

  randomState(state: Tensor): Tensor {
    const drawn = this.outer?.randomState(state) ?? state;
    this.drawn.add(state.storage).add(drawn.storage);
    const copy = keep(empty(drawn.device, drawn.shape, drawn.dtype, 'random state'));
    isCopying = true;
    try {
      noGrad(() => copyInto(copy, drawn));
    } finally {
      isCopying = false;
    }
    this.states.push(copy);
    return drawn;
  }

  /**
   * Ends the run and returns the tensors that it read and that existed before it, except random states.
   * @param y the result of the function
   * @throws Error when the function overwrote such a tensor, since the second run would read other values
   */
  finish(y: Tensor): Tensor[] {
    const read = [...this.read].filter(
      (tensor) => !tensor.isDisposed && tensor !== y && !this.drawn.has(tensor.storage),
    );
    this.read.clear();
    for (const tensor of read) {
      const { storage, byteOffset, byteLength } = tensor;
      if (tensor.dtype === 'f32' && !tensor.node) this.leaves.set(tensor, tensor.requiresGrad);
      const range: [number, number] = [byteOffset, byteOffset + byteLength];
      const write =
        this.device.recording?.after(this.start, storage, range) ??
        storage.writes.after(this.start, ...range);
      if (!write || storage.id >= this.firstId) continue;
      y.dispose();
      throw new Error(
        `checkpoint: fn overwrote a tensor that it reads ('${tensor.name || storage.label}' ${show(tensor.shape)}: changed ` +
          `by ${write.by}), so the backward pass could not run it again with the same values. Write outside of fn.`,
      );
    }
    return read;
  }

  /** Returns a text that is equal for equal memory; memory that a run allocates itself has none. */
  override placeOf(view: StorageView | undefined): string {
    if (!view?.storage || view.storage.id >= this.firstId || this.drawn.has(view.storage)) return 'new';
    return `${view.storage.id}+${view.byteOffset}`;
  }

  free(): void {
    for (const state of this.states) state.dispose();
    this.states.length = 0;
    this.steps.length = 0;
    this.leaves.clear();
  }
}

/** Repeats a first run: with its random states, and with the leaves that required a gradient then. */
export class SecondRun extends Run {
  readonly repeats = true;
  private readonly first: FirstRun;
  private used = 0;

  constructor(first: FirstRun) {
    super();
    this.first = first;
  }

  override during<T>(device: Device, fn: () => T): T {
    const changed = [...this.first.leaves].filter(([leaf, needed]) => leaf.requiresGrad !== needed);
    try {
      for (const [leaf, needed] of changed) leaf.requiresGrad = needed;
      return super.during(device, fn);
    } finally {
      for (const [leaf, needed] of changed) leaf.requiresGrad = !needed;
    }
  }

  randomState(): Tensor {
    const { states } = this.first;
    const state = states[this.used++];
    if (state) return state;
    throw new Error(
      `checkpoint: fn drew ${this.used} random masks in the backward pass (expected ${states.length}, as in the ` +
        'forward pass). fn must compute the same both times.',
    );
  }

  /**
   * The steps must be those of the first run, where steps off the tape may be missing: what a function computes once and
   * keeps, and the advance of random states.
   * @throws Error when they are not
   */
  expectSame(): void {
    const expected = this.first.steps.values();
    for (const step of [...this.steps, null]) {
      const next = expected.next().value;
      for (let one = next; one || step; one = expected.next().value) {
        if (step && one?.what === step.what && one.details === step.details && one.isTaped === step.isTaped)
          break;
        if (!one || one.isTaped) throw new Error(differ(step, next));
      }
    }
  }

  protected override placeOf(view: StorageView | undefined): string {
    return this.first.placeOf(view);
  }
}

function differ(got: Step | null, expected: Step | undefined): string {
  const isDetail = got && got.what === expected?.what;
  const text = (step: Step | null | undefined) =>
    step ? `${step.what}${isDetail ? `: ${step.details}` : ''}` : 'nothing more';
  return (
    `checkpoint: fn computed something else in the backward pass (got ${text(got)}, expected ${text(expected)}, as in the ` +
    'forward pass). fn must compute the same both times: call train() or eval(), and change numbers and seeds that fn uses, ' +
    'only after backward().'
  );
}
