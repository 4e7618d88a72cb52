import {
  add,
  div,
  gatherRows,
  matmul,
  mean,
  mT,
  mul,
  oneHot,
  reshape,
  sub,
  sum,
  type Tensor,
} from 'feathergrad';

/**
 * Returns the spread of a labeled cloud [N, D], as [2]: the mean squared distance of points from the mean of their
 * class, and of the class means from their overall mean.
 */
export function spreadOf(
  points: Tensor,
  labels: Tensor,
  classes: number,
): { within: Tensor; between: Tensor } {
  const hot = oneHot(labels, classes);
  const members = add(reshape(sum(hot, 0), [classes, 1]), 1e-9);
  const means = div(matmul(mT(hot), points), members);
  const squared = (x: Tensor) => mean(sum(mul(x, x), 1));
  return {
    within: squared(sub(points, gatherRows(means, labels))),
    between: squared(sub(means, mean(means, 0))),
  };
}
