import { type Module, type Tensor, withAttention as withLayers } from 'feathergrad';

/** Returns the path of the block, such as `features.9`, that contains an attention layer. */
export const blockOf = (layer: string): string => layer.replace(/\.block\..*$/, '');

export interface AttentionTensor {
  /** the block's path, such as `features.9` */
  block: string;
  /** [N, H, W]: mean over the channels of a_h * a_w */
  map: Tensor;
}

/** The library's `withAttention`, with maps named by the path of their block. */
export function withAttention<T>(model: Module, fn: () => T): { result: T; maps: AttentionTensor[] } {
  const { result, maps } = withLayers(model, fn);
  return { result, maps: maps.map(({ layer, map }) => ({ block: blockOf(layer), map })) };
}
