import { describe, expect, test } from 'vitest';
import { ConvNormActivation, DepthwiseNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { tensor } from '../../src/tensor/create.ts';
import { ACTIVATIONS } from '../../src/tensor/ops/batch-norm.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';

const SPECIAL = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-40, 3e38, -3, 3];
const SIDE = 5;

// The fused kernels must agree with separate convolution, norm and activation, which special-values.test.ts checks.
describe.each(ACTIVATIONS)('norm and %s fused into a convolution', (activation) => {
  const made = (channels: number, kernelSize: number) => ({
    dense: new ConvNormActivation(channels, 8, kernelSize, { activation }),
    depthwise: new DepthwiseNormActivation(channels, kernelSize, { activation }),
  });

  test.each([
    [4, 1],
    [3, 1],
    [4, 3],
    [3, 3],
  ])('%i channels, kernel of %i: special values as unfused', async (channels, kernelSize) => {
    const device = await testDevice();
    for (const [kind, layer] of Object.entries(made(channels, kernelSize))) {
      layer.to(device, { seed: 1 }).eval();
      for (const value of SPECIAL) {
        const data = Float32Array.from({ length: SIDE * SIDE * channels }, (_, i) =>
          i === 12 * channels ? value : Math.sin(i),
        );
        const x = tensor(device, data, { shape: [1, SIDE, SIDE, channels] });
        const fused = await noGrad(() => layer.call(x)).data();
        const unfused = await layer.call(x).data();
        const different = unfused.findIndex((wanted, i) => !isClose(fused[i] as number, wanted));
        expect(different, `${kind}, ${value}: fused ${fused[different]}, unfused ${unfused[different]}`).toBe(
          -1,
        );
      }
      layer.dispose();
    }
  });
});

function isClose(got: number, wanted: number): boolean {
  if (Object.is(got, wanted) || got === wanted) return true;
  return Math.abs(got - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted));
}
