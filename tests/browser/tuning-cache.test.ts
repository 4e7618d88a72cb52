import { afterAll, expect, test } from 'vitest';
import { linear } from '../../src/tensor/ops/matmul.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { importTuning, tune } from '../../src/tensor/tuner/tune.ts';
import { testDevice } from '../support/device.ts';

const NAME = 'feathergrad-tuning-test';
afterAll(async () => {
  importTuning(await testDevice(), null);
  indexedDB.deleteDatabase(NAME);
});

test('a later visit finds the measurements in IndexedDB', async () => {
  const device = await testDevice();
  const work = () => linear(empty(device, [6, 8], 'f32', 'x'), empty(device, [8, 12], 'f32', 'w'));
  const options = { cache: NAME, budgetMs: 60_000 };
  expect(await tune(device, work, options)).toMatchObject({ known: 0, left: 0, cacheProblem: null });
  importTuning(device, null);
  expect(await tune(device, work, options)).toMatchObject({ measured: [], known: 1, cacheProblem: null });
});
