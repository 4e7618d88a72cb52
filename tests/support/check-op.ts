import type { Device } from '../../src/gpu/device.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { directionalDerivative, numericGradient } from '../reference/numeric-gradient.ts';

export interface OpCheck {
  /** float64 inputs whose values are float32 exactly */
  inputs: NdArray[];
  run: (inputs: Tensor[]) => Tensor;
  reference: (inputs: NdArray[]) => NdArray;
  /** differentiate along one random direction per input if every element would take too long */
  directions?: boolean;
  rtol?: number;
  atol?: number;
}

/** The array's values as a tensor. */
export function onDevice(device: Device, x: NdArray, requiresGrad = false): Tensor {
  return tensor(device, Float32Array.from(x.data), { shape: x.shape, requiresGrad });
}

/**
 * Compares an op with its float64 reference: the result, and the gradient of a random weighting of the
 * result by every input against central differences of the reference.
 */
export async function checkAgainstReference(device: Device, check: OpCheck): Promise<void> {
  const { inputs, run, reference, rtol = 1e-4, atol = 1e-5 } = check;
  const expected = reference(inputs);
  const weighting = random(expected.shape, 77);
  const leaves = inputs.map((input) => onDevice(device, input, true));
  const y = run(leaves);
  if (y.shape.join() !== expected.shape.join()) {
    throw new Error(`result: got shape [${y.shape}], expected [${expected.shape}]`);
  }
  scope(() => backward(y, { gradient: onDevice(device, weighting) }));
  expectClose((await y.data()) as Float32Array, expected, { rtol, atol, label: 'result' });
  for (const [i, input] of inputs.entries()) {
    const loss = (probe: NdArray) => {
      const result = reference(inputs.map((other, j) => (i === j ? probe : other)));
      return result.data.reduce((sum, value, k) => sum + value * weighting.data[k]!, 0);
    };
    const leaf = leaves[i]!;
    if (!leaf.grad) throw new Error(`gradient of input ${i}: none arrived`);
    const gradient = (await leaf.grad.data()) as Float32Array;
    const label = `gradient of input ${i}`;
    if (check.directions) {
      const direction = random(input.shape, 78 + i);
      const got = gradient.reduce((sum, value, k) => sum + value * direction.data[k]!, 0);
      expectClose([got], [directionalDerivative(loss, input, direction)], { rtol: 1e-4, atol: 1e-3, label });
    } else {
      expectClose(gradient, numericGradient(loss, input), { rtol, atol, label });
    }
  }
  for (const leaf of leaves) leaf.dispose();
  y.dispose();
}
