import { checkValue, fraction } from '../gpu/check-options.ts';
import type { StorageView } from '../gpu/storage.ts';
import * as kernels from '../kernels/index.ts';
import { type Span, spansOf } from '../layers/arena.ts';
import { frozenBuffers } from '../layers/frozen.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { zeros } from '../tensor/create.ts';
import { keep, scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectModule } from './classifier.ts';

/**
 * An exponential moving average of a model's weights and running statistics, which as a rule generalizes better than
 * the weights themselves (Polyak & Juditsky, 1992). It begins at the model's present state. The decay grows from 0.1 to
 * `decay` as (1 + t) / (10 + t), so that a short run forgets its first weights too.
 */
export class MovingAverage {
  readonly decay: number;
  private readonly model: Module;
  private readonly rate: Tensor;
  /** of parameters and buffers: the average, and the live values while the average is in their place */
  private readonly parts: readonly { live: Tensor; average: Tensor; spare: Tensor }[];
  private isIn = false;

  /** @throws Error when the decay is not in [0, 1) or the model on no device */
  constructor(model: Module, decay: number) {
    expectModule('MovingAverage', model);
    checkValue('MovingAverage', 'decay', decay, fraction);
    const { device, parameters, buffers } = model.arenas;
    this.model = model;
    this.decay = decay;
    const make = (size: number) =>
      device.withOwner('optimizer', () => scope(() => keep(zeros(device, [size]))));
    this.rate = make(1);
    this.parts = [parameters.flat, buffers.flat].map((live) => {
      return { live, average: make(live.size), spare: make(live.size) };
    });
    for (const { live, average } of this.parts) this.copy(live, average);
  }

  /** Sets the decay of step `step`, counted from 0; before `update` runs. */
  prepare(step: number): void {
    this.rate.write([1 - Math.min(this.decay, (1 + step) / (10 + step))]);
  }

  /** Records the move towards the model's present state. */
  update(): void {
    for (const { live, average } of this.parts) {
      const count = live.size / 4;
      live.device.dispatch(kernels.moveAverage, {
        label: 'moving average',
        bind: { values: live, rate: this.rate, average },
        params: { count },
        threads: count,
      });
    }
  }

  /**
   * Runs `fn` with the average in the model's place. Frozen parameters, and the running statistics of frozen modules,
   * keep their own values, which their average only approaches.
   */
  async within<T>(fn: () => Promise<T>): Promise<T> {
    if (this.isIn) throw new Error('MovingAverage: within() was called inside of itself');
    this.isIn = true;
    for (const [i, { live, average, spare }] of this.parts.entries()) {
      this.copy(live, spare);
      for (const span of this.trained()[i] as Span[]) this.copy(part(average, span), part(live, span));
    }
    try {
      return await fn();
    } finally {
      this.isIn = false;
      for (const { live, spare } of this.parts) this.copy(spare, live);
    }
  }

  /** The average as bits, flat, for a checkpoint. */
  async state(): Promise<StateDict> {
    const { device } = this.model.arenas;
    const [parameters, buffers] = await device.read(this.parts.map(({ average }) => average));
    const entry = (bytes: ArrayBuffer) => ({ shape: [bytes.byteLength / 4], data: new Uint32Array(bytes) });
    return new Map([
      ['parameters', entry(parameters as ArrayBuffer)],
      ['buffers', entry(buffers as ArrayBuffer)],
    ]);
  }

  /**
   * Goes on from averages that `state()` gave.
   * @throws Error when the state is of another size
   */
  loadState(state: StateDict): void {
    const names = ['parameters', 'buffers'];
    for (const [i, { average }] of this.parts.entries()) {
      const found = state.get(names[i] as string)?.data.length ?? 0;
      if (found !== average.size) {
        throw new Error(`MovingAverage: got ${found} numbers of ${names[i]}, the model has ${average.size}`);
      }
    }
    for (const [i, { average }] of this.parts.entries()) {
      const { data } = state.get(names[i] as string) as { data: Uint32Array<ArrayBuffer> };
      average.device.upload(average, data);
    }
  }

  /** Frees the averages' memory. */
  dispose(): void {
    this.rate.dispose();
    for (const { average, spare } of this.parts) {
      average.dispose();
      spare.dispose();
    }
  }

  /** The ranges of the two arenas that are not frozen. */
  private trained(): [Span[], Span[]] {
    const { parameters, buffers, order, bufferOrder } = this.model.arenas;
    const rests = frozenBuffers(this.model);
    const places = <T>(list: readonly T[], isTrained: (one: T) => boolean) =>
      [...list.keys()].filter((i) => isTrained(list[i] as T));
    return [
      spansOf(
        parameters,
        places(order, ({ requiresGrad }) => requiresGrad),
      ),
      spansOf(
        buffers,
        places(bufferOrder, (buffer) => !rests.has(buffer)),
      ),
    ];
  }

  /** Copies bytes, since among the buffers are whole numbers that a float may not carry. */
  private copy(from: StorageView, to: StorageView): void {
    this.model.arenas.device.copy(from, to);
  }
}

function part(whole: Tensor, { start, size }: Span): StorageView {
  const { storage, byteOffset } = whole;
  return { storage, byteOffset: byteOffset + 4 * start, byteLength: 4 * size };
}
