import { expose } from 'comlink';
import { benchmarkBatch, benchmarkWeights } from '../../../bench/lib/weights.ts';
import type { Batch, PeerModule } from '../../../bench/peers/peer.ts';
import { permute, type Weights } from '../../../bench/peers/weights.ts';
import type { Library, Work } from './messages.ts';

/** Loaded on demand, since they are megabytes. */
const MODULES: Record<Library, () => Promise<PeerModule>> = {
  feathergrad: () => import('../../../bench/peers/feathergrad.ts'),
  jax: () => import('../../../bench/peers/jax-webgpu.ts'),
  tfjs: () => import('../../../bench/peers/tfjs-webgpu.ts'),
  ort: () => import('./ort-peer.ts'),
};

export interface Opened {
  /** milliseconds from loading the library to the first result */
  first: number;
  /** logits, or the loss of the first step */
  output: number[];
}

/** One library in its own worker, with the same weights and images as the others. */
class PeerEngine {
  private call: (() => Promise<number[]>) | null = null;

  /** `isTuned` selects the stored tuning table of feathergrad; `onStage` is called before each part of opening. */
  async open(
    library: Library,
    work: Work,
    size: number,
    side: number,
    isTuned: boolean,
    onStage: (stage: string) => void,
  ): Promise<Opened> {
    const weights = benchmarkWeights() as Weights;
    const { images, labels } = benchmarkBatch(size, side);
    const nchw = permute(images, [size, side, side, 3], [0, 3, 1, 2]);
    const batch: Batch = { size, side, nhwc: images, nchw, labels };
    const started = performance.now();
    onStage('downloading the library');
    const module = await MODULES[library]();
    onStage('opening the GPU');
    const peer = await module.open(isTuned);
    onStage('compiling, first call');
    if (work === 'training') {
      if (!peer.training) throw new Error('this library does not train');
      const { step } = await peer.training(weights, size, side);
      this.call = async () => [await step(batch)];
    } else {
      const infer = await peer.inference(weights, size, side);
      this.call = async () => [...(await infer(batch))];
    }
    const output = await this.call();
    return { first: performance.now() - started, output };
  }

  /** Returns the milliseconds of one more call. */
  async time(): Promise<number> {
    if (!this.call) throw new Error('call open() first');
    const started = performance.now();
    await this.call();
    return performance.now() - started;
  }
}

export type { PeerEngine };

expose(new PeerEngine());
