import { CoordinateAttention } from '../../layers/coordinate-attention.ts';
import { inEvaluation } from '../../layers/in-evaluation.ts';
import { InvertedResidual } from '../../layers/inverted-residual.ts';
import { type Module, observe } from '../../layers/module.ts';
import { mul } from '../../tensor/ops/binary.ts';
import { mean } from '../../tensor/ops/reduce.ts';
import { keep, scope } from '../../tensor/scope.ts';
import { noGrad } from '../../tensor/tape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { FerMobileNetV3 } from './fer-mobilenetv3.ts';

/** What one coordinate attention lets through at each place, for some pictures. */
export interface AttentionMap {
  /** path of the attention module, such as `features.11.block.2` */
  layer: string;
  /** pixels along each side of the map */
  side: number;
  /** [pictures, side, side]: the product of both gates, mean over the channels, in 0..1 */
  values: Float32Array;
}

/**
 * The maps of all coordinate attention in a network, first layer first; none where the variant has no such layer.
 * @param images [N, side, side, 3], normalised as for `forward`
 */
export async function attentionMaps(model: FerMobileNetV3, images: Tensor): Promise<AttentionMap[]> {
  const attentionAfter = new Map<Module, CoordinateAttention>();
  for (const block of model.features.modules) {
    if (!(block instanceof InvertedResidual)) continue;
    const { modules } = block.block;
    for (const [i, module] of modules.entries()) {
      if (module instanceof CoordinateAttention) attentionAfter.set(modules[i - 1] as Module, module);
    }
  }
  const found: { layer: string; map: Tensor }[] = [];
  const watch = (module: Module, output: Tensor): void => {
    const attention = attentionAfter.get(module);
    if (!attention) return;
    const map = scope(() => {
      const { byRow, byColumn } = attention.gates(output);
      return mean(mul(byRow, byColumn), 3);
    });
    found.push({ layer: attention.path, map: keep(map) });
  };
  inEvaluation(model, () => scope(() => noGrad(() => observe(watch, () => model.call(images)))));
  const maps: AttentionMap[] = [];
  for (const { layer, map } of found) {
    maps.push({ layer, side: map.shape[1] as number, values: (await map.data()) as Float32Array });
    map.dispose();
  }
  return maps;
}
