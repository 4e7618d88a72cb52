import { expect, test } from 'vitest';
import type { CoordinateAttention } from '../../src/layers/coordinate-attention.ts';
import type { InvertedResidual } from '../../src/layers/inverted-residual.ts';
import { attentionMaps } from '../../src/models/fer-mobilenetv3/attention-maps.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { randn } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import { testDevice } from '../support/device.ts';

test('maps are the product of both gates, averaged over the channels, for each coordinate attention', async () => {
  const device = await testDevice();
  using model = new FerMobileNetV3().to(device, { seed: 4 });
  using images = randn(device, [2, 64, 64, 3], { seed: 5 });
  model.features.modules[5]!.eval();
  const modes = () => [...model.namedModules()].map(([, { training }]) => training);
  const before = modes();
  const maps = await attentionMaps(model, images);
  expect(modes()).toEqual(before);
  const blocks = [9, 10, 11, 12, 13, 14, 15];
  expect(maps.map(({ layer }) => layer)).toEqual(blocks.map((block) => `features.${block}.block.2`));
  expect(maps.map(({ side }) => side)).toEqual([4, 4, 4, 4, 2, 2, 2]);

  model.eval();
  // the first one by hand
  const { byRow, byColumn } = scope(() =>
    noGrad(() => {
      const before = model.features.modules.slice(0, 9).reduce((x, module) => module.call(x), images);
      const [expand, depthwise, attention] = (model.features.modules[9] as InvertedResidual).block.modules;
      return (attention as CoordinateAttention).gates(depthwise!.call(expand!.call(before)));
    }),
  );
  const [rows, columns] = [await byRow.data(), await byColumn.data()];
  byRow.dispose();
  byColumn.dispose();
  const channels = 184;
  const wanted = Array.from({ length: 2 * 4 * 4 }, (_, at) => {
    const [n, y, x] = [Math.floor(at / 16), Math.floor(at / 4) % 4, at % 4];
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      sum += rows[(n * 4 + y) * channels + c]! * columns[(n * 4 + x) * channels + c]!;
    }
    return sum / channels;
  });
  expect(maps[0]!.values.length).toBe(wanted.length);
  for (const [at, value] of wanted.entries()) expect(maps[0]!.values[at]).toBeCloseTo(value, 5);
});

test('a variant without coordinate attention has no maps', async () => {
  const device = await testDevice();
  using model = new FerMobileNetV3({ variant: 'reduced-se' }).to(device);
  using images = randn(device, [1, 32, 32, 3], { seed: 5 });
  expect(await attentionMaps(model, images)).toEqual([]);
});
