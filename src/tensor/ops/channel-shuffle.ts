import { checkValue, integer } from '../../gpu/check-options.ts';
import { ShapeError } from '../errors.ts';
import { expectTensor } from '../expect.ts';
import { scope } from '../scope.ts';
import { show } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';
import { mT } from './permute.ts';
import { reshape } from './reshape.ts';

/**
 * Reorders the channels of x [N, ..., C] for the next grouped convolution (Zhang et al., ShuffleNet, CVPR 2018): they are
 * split into `groups` groups of neighbors, and the result has the first channel of each group, then the second of each, and
 * so on.
 * @throws ShapeError when x has fewer than two axes or `groups` does not divide the channels
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  checkValue('channelShuffle', 'groups', groups, (v) => integer(v, 1));
  expectTensor('channelShuffle', 'x', x);
  const channels = x.shape.at(-1) ?? 0;
  if (x.rank < 2 || channels % groups !== 0) {
    throw new ShapeError(
      `channelShuffle: groups: got ${groups} for shape ${show(x.shape)}, expected [N, ..., C] with a divisor of C`,
    );
  }
  const split = [...x.shape.slice(0, -1), groups, channels / groups];
  return scope(() => reshape(mT(reshape(x, split)), x.shape));
}

export const channelShuffleInfo: OpInfo = {
  name: 'channelShuffle',
  doc: 'channels interleaved across groups',
  gradient: 'dx = dy with its channels in the original order',
  cost: elementwiseCost,
};
