import { channelGroups, type Groups, normalize, normalized, rowGroups } from '../ops/group-norm.ts';
import { Value } from './value.ts';

/** With dz = dy weight and means over a group: dx = scale (dz - mean(dz) - xhat mean(dz xhat)). */
function norm(x: Value, groups: Groups, eps: number, weight?: Value, bias?: Value): Value {
  const inputs = [x, weight, bias].filter((value) => value !== undefined);
  return new Value(normalize(x, groups, eps, weight, bias), inputs, (grad) => {
    const { xhat, scale } = normalized(x, groups, eps);
    const dz = grad.map((dy, i) => dy * (weight?.data[groups.affine[i]!] ?? 1));
    grad.forEach((dy, i) => {
      const at = groups.affine[i]!;
      if (weight) weight.grad[at]! += dy * xhat.data[i]!;
      if (bias) bias.grad[at]! += dy;
    });
    for (const group of groups.members) {
      const mean = group.reduce((sum, i) => sum + dz[i]!, 0) / group.length;
      const along = group.reduce((sum, i) => sum + dz[i]! * xhat.data[i]!, 0) / group.length;
      for (const i of group) x.grad[i]! += scale[i]! * (dz[i]! - mean - xhat.data[i]! * along);
    }
  });
}

export const groupNorm = (x: Value, numGroups: number, weight?: Value, bias?: Value, eps = 1e-5): Value =>
  norm(x, channelGroups(x, numGroups), eps, weight, bias);

/** Over the last `axes` axes. */
export const layerNorm = (x: Value, axes: number, weight?: Value, bias?: Value, eps = 1e-5): Value =>
  norm(x, rowGroups(x, axes), eps, weight, bias);
