import { FerMobileNetV3, type StateDict } from 'feathergrad';
import { normalNumbers } from './random.ts';

/** Axes of feathergrad's layouts in PyTorch's order; a depthwise weight has an additional axis of length 1 there. */
const TORCH_AXES = { conv: [3, 2, 0, 1], linear: [1, 0], depthwise: [2, 0, 1], image: [2, 0, 1] } as const;

/**
 * Returns the weights for all libraries, under PyTorch's names and in its layouts: He-scaled weights, and biases,
 * scales and running statistics other than 0 and 1, so that omitting one changes the logits.
 */
export function benchmarkWeights(): StateDict {
  const model = new FerMobileNetV3();
  const state: StateDict = new Map();
  let seed = 1;
  for (const [name, { shape, layout }] of model.namedParameters()) {
    const torch = layout === 'same' ? [...shape] : TORCH_AXES[layout].map((axis) => shape[axis] as number);
    if (layout === 'depthwise') torch.splice(1, 0, 1);
    const count = torch.reduce((product, n) => product * n, 1);
    const fanIn = count / (torch[0] as number);
    const isScale = layout === 'same' && name.endsWith('.weight');
    const spread =
      layout === 'same' ? { mean: isScale ? 1 : 0, std: 0.1 } : { std: Math.sqrt(2 / Math.max(1, fanIn)) };
    state.set(name, { shape: torch, data: normalNumbers(seed++, count, spread) });
  }
  for (const [name, { shape }] of model.namedBuffers()) {
    const [count] = shape as [number];
    const isVariance = name.endsWith('.running_var');
    if (!isVariance && !name.endsWith('.running_mean')) continue;
    const data = normalNumbers(seed++, count, isVariance ? { mean: 1, std: 0.1 } : { std: 0.1 });
    state.set(name, { shape: [count], data });
  }
  return state;
}

/** Returns a batch of normalized images, channels last, and labels. */
export function benchmarkBatch(batch: number, side: number, classes = 8) {
  const images = normalNumbers(1000 + side, batch * side * side * 3);
  const labels = Uint32Array.from({ length: batch }, (_, i) => (i * 5 + 3) % classes);
  return { images, labels };
}
