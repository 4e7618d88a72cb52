import { describe, expect, test } from 'vitest';
import type { Attention, InvertedResidualOptions } from '../../src/layers/inverted-residual.ts';
import { InvertedResidual } from '../../src/layers/inverted-residual.ts';
import { random, randomNormal } from '../reference/array.ts';
import { invertedResidual } from '../reference/fer-mobilenetv3-layers.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const norm = { eps: 1e-3, momentum: 0.01 };

async function check(
  options: InvertedResidualOptions,
  mode: 'train' | 'eval' = 'train',
  shape = [2, 5, 6, options.input],
): Promise<void> {
  const { input, expanded, output, kernelSize, stride = 1, attention = 'none' } = options;
  const activation = options.activation === 'relu' ? 'relu' : 'hardSwish';
  const block = {
    inputs: input,
    expanded,
    outputs: output,
    kernel: kernelSize,
    stride,
    activation,
    attention,
  } as const;
  await checkModule(await testDevice(), {
    module: new InvertedResidual({ ...options, ...norm }),
    input: randomNormal(shape, 1),
    mode,
    reference: (x, state) => invertedResidual(state, x, 'm', block),
  });
}

describe('InvertedResidual', () => {
  test.each([
    { input: 6, expanded: 9, output: 6, kernelSize: 3 }, // residual
    { input: 6, expanded: 9, output: 6, kernelSize: 3, stride: 2 }, // the stride forbids it
    { input: 6, expanded: 12, output: 5, kernelSize: 5 }, // the width forbids it
    { input: 8, expanded: 8, output: 8, kernelSize: 3 }, // no expansion
    { input: 8, expanded: 16, output: 8, kernelSize: 3 },
    { input: 8, expanded: 8, output: 4, kernelSize: 5, stride: 2, activation: 'relu' },
  ] as const)('%o', async (options) => {
    await check(options);
    await check(options, 'eval');
  });

  test.each(['se', 'ca', 'maxca', 'cpsca'] satisfies Attention[])('with %s', async (attention) => {
    await check({ input: 6, expanded: 12, output: 6, kernelSize: 3, attention });
    await check(
      { input: 6, expanded: 12, output: 7, kernelSize: 5, stride: 2, attention },
      'eval',
      [1, 7, 5, 6],
    );
  });

  test('numbers its parts like the reference', () => {
    const parts = (options: InvertedResidualOptions) => [
      ...new Set([...new InvertedResidual(options).namedParameters()].map(([name]) => name)),
    ];
    const unit = (prefix: string) => ['0.weight', '1.weight', '1.bias'].map((name) => `${prefix}.${name}`);
    expect(parts({ input: 4, expanded: 8, output: 4, kernelSize: 3, attention: 'se' })).toEqual([
      ...unit('block.0'),
      ...unit('block.1'),
      ...['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'].map((name) => `block.2.${name}`),
      ...unit('block.3'),
    ]);
    expect(parts({ input: 8, expanded: 8, output: 4, kernelSize: 3 })).toEqual([
      ...unit('block.0'),
      ...unit('block.1'),
    ]);
  });

  test('rejects mismatched arguments', async () => {
    const device = await testDevice();
    const module = new InvertedResidual({ input: 6, expanded: 12, output: 6, kernelSize: 3 }).to(device);
    expect(() => module.call(onDevice(device, random([1, 4, 4, 5], 1)))).toThrow(/has 6 input channels/);
    expect(() => module.outputShape([1, 4, 4, 5])).toThrow(
      'block.0.0: input [1, 4, 4, 5] has 5 channels, expected 6',
    );
    module.dispose();
  });
});
