import { callable, checkValue } from '../../gpu/check-options.ts';
import { CoordinateAttention } from '../../layers/coordinate-attention.ts';
import { expectModule } from '../../layers/expect-module.ts';
import { inEvaluation } from '../../layers/in-evaluation.ts';
import type { Module } from '../../layers/module.ts';
import { observe } from '../../layers/observe.ts';
import { mul } from '../../tensor/ops/binary.ts';
import { mean } from '../../tensor/ops/reduce.ts';
import { keep, scope } from '../../tensor/scope.ts';
import { noGrad } from '../../tensor/tape.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** The gates of one coordinate attention at each position, on the device. */
export interface AttentionTensor {
  /** path of the attention module, such as `features.11.block.2` */
  layer: string;
  /** [N, H, W]: the product of both gates, averaged over the channels, in 0..1 */
  map: Tensor;
}

/** The gates of one coordinate attention at each position, on the host. */
export interface AttentionMap {
  /** path of the attention module, such as `features.11.block.2` */
  layer: string;
  /** pixels along each side of the map */
  side: number;
  /** [images, side, side]: the product of both gates, averaged over the channels, in 0..1 */
  values: Float32Array;
}

/**
 * Runs `fn`, which calls a model, and computes one map per coordinate attention, in the order of the layers. In a
 * capture, each replay updates the maps. The caller must dispose them.
 */
export function withAttention<T>(model: Module, fn: () => T): { result: T; maps: AttentionTensor[] } {
  expectModule('withAttention', model);
  checkValue('withAttention', 'fn', fn, callable);
  const layers = new Map([...model.namedModules()].map(([path, module]) => [module, path]));
  const maps: AttentionTensor[] = [];
  const result = observe((module, _, input) => {
    if (!(module instanceof CoordinateAttention)) return;
    const map = scope(() => {
      const { byRow, byColumn } = module.gates(input);
      return mean(mul(byRow, byColumn), 3);
    });
    maps.push({ layer: layers.get(module) ?? module.path, map: keep(map) });
  }, fn);
  return { result, maps };
}

/**
 * Returns the maps of all coordinate attention layers of a network, in order; an empty list for a variant without them.
 * The network runs in evaluation mode.
 * @param images [N, side, side, 3], normalized as for `forward`
 */
export async function attentionMaps(model: Module, images: Tensor): Promise<AttentionMap[]> {
  expectModule('attentionMaps', model);
  const { maps } = inEvaluation(model, () =>
    withAttention(model, () => scope(() => noGrad(() => model.call(images))).dispose()),
  );
  const read: AttentionMap[] = [];
  for (const { layer, map } of maps) {
    read.push({ layer, side: map.shape[1] as number, values: (await map.data()) as Float32Array });
    map.dispose();
  }
  return read;
}
