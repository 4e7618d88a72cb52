import { describe, expect, test } from 'vitest';
import { SoftmaxCenterLoss } from '../../src/loss/softmax-center-loss.ts';
import { VARIANTS, type Variant } from '../../src/models/fer-mobilenetv3/config.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, random, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { expectGradientsClose } from '../reference/expect-gradients-close.ts';
import { outputsOfFerMobileNetV3, runFerMobileNetV3 } from '../reference/fer-mobilenetv3.ts';
import { randomState } from '../reference/fer-mobilenetv3-config.ts';
import { gradientsOf } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';
import { referenceConfig } from '../support/reference-network.ts';

/** Writes the reference's state; the dropout counter, which it does not contain, is not changed. */
function load(model: FerMobileNetV3, state: ReadonlyMap<string, NdArray>): void {
  for (const [name, entry] of [...model.namedParameters(), ...model.namedBuffers()]) {
    const values = state.get(name);
    if (values) entry.value.write(values.data);
  }
}

/** Differences are relative to the largest value, because small values remain when large ones cancel. */
async function expectOutput(actual: Tensor, expected: NdArray, share: number, label: string): Promise<void> {
  const greatest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expectClose(await actual.data(), expected, { rtol: 0, atol: share * greatest, label });
}

/**
 * Side, mode, allowed share of difference of gradients and of outputs. At 32 x 32 the last batch norms see three numbers per
 * channel, which is ill-conditioned: in float64 a rounding of the weights to 2^-23 moves these gradients by 0.2 % already,
 * and over twelve random states the outputs differed by 5e-5 to 2e-3. At 48 x 48 they see twelve numbers, and the outputs
 * differ by about 1e-5.
 */
const runs = [
  [32, 'train', 1e-2, 4e-3],
  [32, 'eval', 1e-3, 1e-4],
  [48, 'train', 3e-4, 1e-4],
] as const;

test.each(runs)(
  '%i pixels a side, batch 3, %s: loss, every gradient and running statistics as in float64',
  async (...run) => {
    const [side, mode, rtol, share] = run;
    const device = await testDevice();
    const config = referenceConfig('paper', 8);
    const state = randomState(config, 1);
    const images = randomNormal([3, side, side, 3], 2);
    const labels = [1, 5, 1];
    const centers = random([8, 640], 3);
    const expected = runFerMobileNetV3({
      config,
      state,
      images,
      target: labels,
      mode,
      center: { kind: 'learned', lambda: 0.4, scale: 8 / 640, labels, centers, over: 'embedding' },
    });

    const model = new FerMobileNetV3({ dropout: 0 }).to(device).train(mode === 'train');
    load(model, state);
    const loss = new SoftmaxCenterLoss(8, model.embeddingWidth, { lambda: 0.4 }).to(device);
    loss.center!.centers.value.write(centers.data);
    const x = onDevice(device, images, true);
    const wanted = tensor(device, Uint32Array.from(labels));
    const parts = scope(() => {
      const { logits, embedding } = model.forwardWithEmbedding(x);
      const result = { ...loss.call(logits, wanted, { embedding }), logits, embedding };
      backward(result.total);
      return result;
    });

    await expectOutput(parts.logits, expected.logits, share, 'logits');
    await expectOutput(parts.embedding, expected.embedding, share, 'embedding');
    expectClose(
      [await parts.total.item(), await parts.parts.crossEntropy!.item(), await parts.parts.center!.item()],
      [expected.loss, expected.crossEntropy, expected.centerLoss],
      { rtol: 3e-4, atol: 0, label: 'loss' },
    );
    const gradients: Map<string, ArrayLike<number>> = await gradientsOf(model);
    gradients.set('images', await x.grad!.data());
    const wantedGradients = new Map([...expected.gradients, ['images', expected.imageGradient]]);
    expect(wantedGradients.size).toBe(211);
    expectGradientsClose(gradients, wantedGradients, { rtol });
    expect(expected.runningStatistics.size).toBe(106);
    for (const [name, buffer] of model.namedBuffers()) {
      const after = expected.runningStatistics.get(name);
      if (after) await expectOutput(buffer.value, after, 1e-4, name);
    }
    loss.center!.dispose();
    model.dispose();
  },
);

const sizes: [Variant, number, number][] = [
  ...VARIANTS.map((variant): [Variant, number, number] => [variant, 32, 40]),
  ['paper', 33, 47],
  ['paper', 61, 35],
];

describe.each(sizes)('variant %s, %i x %i, batch 2: logits and embedding as in float64', (variant, h, w) => {
  test.each(['train', 'eval'] as const)('%s', async (mode) => {
    const device = await testDevice();
    const config = referenceConfig(variant, 7);
    const state = randomState(config, 4);
    const images = randomNormal([2, h, w, 3], 5);
    const expected = outputsOfFerMobileNetV3({ config, state, images, mode });
    const model = new FerMobileNetV3({ variant, classes: 7, dropout: 0 }).to(device).train(mode === 'train');
    load(model, state);
    const { logits, embedding } = noGrad(() => model.forwardWithEmbedding(onDevice(device, images)));
    await expectOutput(logits, expected.logits, 1e-3, 'logits');
    await expectOutput(embedding, expected.embedding, 1e-3, 'embedding');
    model.dispose();
  });
});
