import type { Tensor } from '../tensor.ts';
import { scaleChannels } from './channel-gate.ts';
import { scaleStrips } from './coordinate-gate.ts';

/**
 * Multiplies images [N, H, W, C] by the gates of `attentionGates`: by those of its image, [N, 1, 1, C], or by those of
 * its row and its column, [N, H + W, 1, C]. For inference: it is not taped.
 */
export function applyGates(x: Tensor, gates: Tensor): Tensor {
  return gates.shape[1] === 1
    ? scaleChannels('applyGates', x, gates, 'none')
    : scaleStrips('applyGates', x, gates);
}
