import {
  CoordinateAttention,
  type FerMobileNetV3,
  keep,
  mean,
  mul,
  observe,
  scope,
  type Tensor,
} from 'feathergrad';

export interface AttentionTensor {
  /** the block's path, such as `features.9` */
  block: string;
  /** [N, H, W]: mean over the channels of a_h * a_w */
  map: Tensor;
}

/**
 * Runs `fn`, which calls the model, and works out what each coordinate attention in it let through: the product of
 * its gate by row and its gate by column, averaged over the channels. Inside a capture the maps follow each replay.
 */
export function withAttention<T>(model: FerMobileNetV3, fn: () => T): { result: T; maps: AttentionTensor[] } {
  const blocks = new Map(
    [...model.namedModules()].map(([path, module]) => [module, path.replace(/\.block\..*$/, '')] as const),
  );
  const maps: AttentionTensor[] = [];
  const result = observe((module, _, input) => {
    if (!(module instanceof CoordinateAttention)) return;
    const map = scope(() => {
      const { byRow, byColumn } = module.gates(input);
      return mean(mul(byRow, byColumn), 3);
    });
    maps.push({ block: blocks.get(module) ?? module.path, map: keep(map) });
  }, fn);
  return { result, maps };
}
