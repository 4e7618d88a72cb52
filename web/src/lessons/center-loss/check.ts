import {
  add,
  centerLoss,
  crossEntropy,
  type Device,
  gradcheck,
  linear,
  mul,
  randn,
  scope,
  type Tensor,
  tensor,
} from 'feathergrad';

const [ROWS, WIDTH, CLASSES] = [6, 2, 3];
const LAMBDA = 0.4;

/** Gradient check of both forms of the center loss, and of the training loss: cross-entropy + 0.4 * center loss. */
export async function checkCenterLoss(device: Device): Promise<{ pass: boolean; text: string }> {
  const { features, centers, weight, labels } = scope(() => ({
    features: randn(device, [ROWS, WIDTH], { seed: 1 }),
    centers: randn(device, [CLASSES, WIDTH], { seed: 2 }),
    weight: randn(device, [WIDTH, CLASSES], { seed: 3 }),
    labels: tensor(device, new Uint32Array([0, 1, 2, 1, 1, 0])),
  }));
  const sum = (f: Tensor, w: Tensor) =>
    add(crossEntropy(linear(f, w, null), labels), mul(centerLoss(f, labels, centers, 'learned'), LAMBDA));
  try {
    const cases = [
      ['learned', await gradcheck((f) => centerLoss(f, labels, centers, 'learned'), [features])],
      ['released', await gradcheck((f) => centerLoss(f, labels, centers, 'released'), [features])],
      ['with softmax', await gradcheck(sum, [features, weight])],
    ] as const;
    return {
      pass: cases.every(([, { passed }]) => passed),
      text: cases
        .map(
          ([name, { checked, failures, worst }]) =>
            `${name}: ${checked - failures.length} of ${checked} slopes agree; the largest difference is between ${worst.tape.toPrecision(4)} from the tape and ${worst.difference.toPrecision(4)} from differences`,
        )
        .join('\n'),
    };
  } finally {
    for (const one of [features, centers, weight, labels]) one.dispose();
  }
}
