import { checkValue, fraction } from '../gpu/check-options.ts';
import type { StorageView } from '../gpu/storage.ts';
import * as kernels from '../kernels/index.ts';
import { type Span, spansOf } from '../layers/arena.ts';
import { expectModule } from '../layers/expect-module.ts';
import { frozenBuffers } from '../layers/frozen.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { zeros } from '../tensor/create.ts';
import { keep, scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * An exponential moving average of the weights and running statistics of a model, which usually generalizes better than
 * the weights themselves (Polyak & Juditsky, 1992). It starts at the current state of the model. The decay increases from
 * 0.1 to `decay` as (1 + t) / (10 + t), so that short runs also forget their initial weights.
 */
export class MovingAverage {
  readonly decay: number;
  private readonly model: Module;
  private readonly rate: Tensor;
  /** for parameters and buffers: the average, or the current values of the model while `within` runs */
  private readonly parts: readonly { live: Tensor; average: Tensor; spare: Tensor }[];
  private isIn = false;

  /** @throws Error when the decay is not in [0, 1) or the model is not on a device */
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

  /** Sets the decay for step `step`, counted from 0. Call it before `update`. */
  prepare(step: number): void {
    this.assertLive();
    this.rate.write([1 - Math.min(this.decay, (1 + step) / (10 + step))]);
  }

  /** Records the update of the average towards the current state of the model. */
  update(): void {
    this.assertLive();
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
   * Runs `fn` while the model holds the average. Frozen parameters and the running statistics of frozen modules keep
   * their exact values, which the average only approaches.
   */
  async within<T>(fn: () => Promise<T>): Promise<T> {
    this.assertLive();
    if (this.isIn) throw new Error('MovingAverage: within() was called inside within(). Call it once.');
    this.isIn = true;
    const trained = this.trained();
    for (const [i, { live, average, spare }] of this.parts.entries()) {
      this.copy(live, spare);
      for (const span of trained[i] as Span[]) this.copy(part(average, span), part(live, span));
    }
    try {
      return await fn();
    } finally {
      this.isIn = false;
      // frozen values were not changed, so they are not written: cached features stay valid
      for (const [i, { live, spare }] of this.parts.entries()) {
        for (const span of trained[i] as Span[]) this.copy(part(spare, span), part(live, span));
      }
    }
  }

  /** Returns the bits of the average, flat, for a checkpoint. */
  async state(): Promise<StateDict> {
    this.assertLive();
    const { device } = this.model.arenas;
    const [parameters, buffers] = await device.read(this.parts.map(({ average }) => average));
    const entry = (bytes: ArrayBuffer) => ({ shape: [bytes.byteLength / 4], data: new Uint32Array(bytes) });
    return new Map([
      ['parameters', entry(parameters as ArrayBuffer)],
      ['buffers', entry(buffers as ArrayBuffer)],
    ]);
  }

  /**
   * Restores averages that `state()` returned.
   * @throws Error when the state has another size
   */
  loadState(state: StateDict): void {
    this.assertLive();
    const names = ['parameters', 'buffers'];
    for (const [i, { average }] of this.parts.entries()) {
      const found = state.get(names[i] as string)?.data.length ?? 0;
      if (found !== average.size) {
        throw new Error(`MovingAverage: got ${found} numbers of ${names[i]}, expected ${average.size}`);
      }
    }
    for (const [i, { average }] of this.parts.entries()) {
      const { data } = state.get(names[i] as string) as { data: Uint32Array<ArrayBuffer> };
      average.device.upload(average, data);
    }
  }

  /** Frees the memory of the averages. */
  dispose(): void {
    this.rate.dispose();
    for (const { average, spare } of this.parts) {
      average.dispose();
      spare.dispose();
    }
  }

  private assertLive(): void {
    if (this.rate.isDisposed) throw new Error('MovingAverage: this average was disposed. Create a new one.');
    if (this.parts.some(({ live }) => live.isDisposed))
      throw new Error('MovingAverage: its model was disposed. Create both again.');
  }

  /** Returns the ranges of the two arenas that are not frozen. */
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

  /** Copies bytes, because some buffers hold integers, which a copy as floats could change. */
  private copy(from: StorageView, to: StorageView): void {
    this.model.arenas.device.copy(from, to);
  }
}

function part(whole: Tensor, { start, size }: Span): StorageView {
  const { storage, byteOffset } = whole;
  return { storage, byteOffset: byteOffset + 4 * start, byteLength: 4 * size };
}
