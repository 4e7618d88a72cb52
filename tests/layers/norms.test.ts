import { describe, expect, test } from 'vitest';
import { BatchNorm1d } from '../../src/layers/batch-norm1d.ts';
import { GroupNorm, LayerNorm } from '../../src/layers/group-norm.ts';
import { random, randomNormal } from '../reference/array.ts';
import * as reference from '../reference/tape.ts';
import { checkModule } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

describe.each(['train', 'eval'] as const)('BatchNorm1d, %s', (mode) => {
  test.each([[[5, 4]], [[2, 3, 7]]])('%j', async (shape) => {
    const options = { eps: 1e-3, momentum: 0.3, activation: 'relu' } as const;
    await checkModule(await testDevice(), {
      module: new BatchNorm1d(shape.at(-1)!, options),
      input: randomNormal(shape, 1, 2, 3),
      mode,
      reference: (x, state) => state.norm(x, 'm', options),
    });
  });
});

test.each([
  [[2, 3, 4, 8], 2, {}],
  [[3, 6], 3, { eps: 0.1 }],
  [[2, 2, 2, 5], 5, { affine: false }],
])('GroupNorm of %j, %i groups, %j', async (shape, groups, options) => {
  const { eps, affine = true } = { eps: 1e-5, affine: true, ...options };
  await checkModule(await testDevice(), {
    module: new GroupNorm(groups, shape.at(-1)!, options),
    input: randomNormal(shape, 1, 2, 3),
    reference: (x, state) => {
      const [weight, bias] = affine ? [state.parameter('m.weight'), state.parameter('m.bias')] : [];
      return reference.groupNorm(x, groups, weight, bias, eps);
    },
  });
});

test.each([
  [[2, 3, 4, 8], 8, {}],
  [[2, 3, 4, 2], [3, 4, 2], {}],
  [[4, 5], [5], { bias: false, eps: 0.1 }],
  [[4, 2, 3], [2, 3], { elementwiseAffine: false }],
] as [number[], number | number[], object][])('LayerNorm of %j over %j, %j', async (shape, last, options) => {
  const how = { eps: 1e-5, bias: true, elementwiseAffine: true, ...options };
  await checkModule(await testDevice(), {
    module: new LayerNorm(last, options),
    input: randomNormal(shape, 1, 2, 3),
    reference: (x, state) => {
      const weight = how.elementwiseAffine ? state.parameter('m.weight') : undefined;
      const bias = how.elementwiseAffine && how.bias ? state.parameter('m.bias') : undefined;
      return reference.layerNorm(x, typeof last === 'number' ? 1 : last.length, weight, bias, how.eps);
    },
  });
});

test("state dicts: LayerNorm's weights per pixel are [C, H, W], as in PyTorch", async () => {
  const layer = new LayerNorm([2, 3, 4]).to(await testDevice());
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  layer.weight!.value.write(values);
  const { shape, data } = (await layer.stateDict()).get('weight')!;
  expect(shape).toEqual([4, 2, 3]);
  // channel 1 of row 0, column 2
  expect(data[1 * 6 + 0 * 3 + 2]).toBe((0 * 3 + 2) * 4 + 1);
  layer.loadStateDict(await layer.stateDict());
  expect(await layer.weight!.value.data()).toEqual(values);
  layer.dispose();
});

test('norms say what does not fit', async () => {
  const device = await testDevice();
  const norm = new BatchNorm1d(4).to(device);
  for (const shape of [[4], [2, 3], [2, 3, 5, 4]]) {
    const why = `BatchNorm1d: input has shape [${shape.join(', ')}], expected [N, 4] or [N, L, 4]`;
    expect(() => norm.outputShape(shape)).toThrow(why);
    expect(() => norm.call(onDevice(device, random(shape, 1)))).toThrow(why);
  }
  expect(() => norm.call(onDevice(device, random([1, 4], 1)))).toThrow('needs more than 1 value per channel');
  norm.dispose();
  expect(() => new GroupNorm(3, 8)).toThrow('GroupNorm: numGroups: got 3, expected a divisor of 8 channels');
  expect(() => new GroupNorm(2, 8).outputShape([1, 4])).toThrow('expected [N, ..., 8]');
  expect(() => new LayerNorm([2, 0])).toThrow('LayerNorm: normalizedShape: got [2, 0]');
  expect(() => new LayerNorm(4).outputShape([2, 5])).toThrow(
    'LayerNorm: input has shape [2, 5], expected last axes of [4]',
  );
  expect(() => new LayerNorm(4, { affine: false } as never)).toThrow('LayerNorm: unknown option "affine"');
});
