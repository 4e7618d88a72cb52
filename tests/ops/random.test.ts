// Random numbers and dropout masks against their float64 definition.
import { expect, test } from 'vitest';
import { rand, randn, tensor, zeros } from '../../src/tensor/create.ts';
import { drawCenters } from '../../src/tensor/ops/center-loss.ts';
import { dropout } from '../../src/tensor/ops/dropout.ts';
import { expectClose } from '../reference/expect-close.ts';
import { dropoutMask, normal, uniform } from '../reference/ops/random.ts';
import { testDevice } from '../support/device.ts';

const COUNT = 1003;
const SEED = 7 + 3 * 2 ** 32;
const WORDS = [7, 3] as const;

test('rand and randn are computed by pcg4d from seed, stream and index', async () => {
  const device = await testDevice();
  const state = { seed: WORDS, stream: 11 };
  const values = await rand(device, [COUNT], { seed: SEED, stream: 11, low: -2, high: 3 }).data();
  expectClose(values, uniform(COUNT, state, -2, 3), { rtol: 1e-6, atol: 1e-6 });
  const normals = await randn(device, [COUNT], { seed: SEED, stream: 11, mean: 1, std: 2 }).data();
  expectClose(normals, normal(COUNT, state, 1, 2), { rtol: 1e-3, atol: 1e-3 });
});

test.each([0, 1, 2 ** 32 - 1])('dropout masks and normal draws at counter %d', async (counter) => {
  const device = await testDevice();
  const words = Uint32Array.from([...WORDS, 5, counter]);
  const state = { seed: WORDS, stream: 5, counter };
  const x = tensor(device, new Float32Array(COUNT).fill(1));
  for (const p of [0.1, 0.5]) {
    const y = await dropout(x, p, tensor(device, words)).data();
    expectClose(y, dropoutMask(COUNT, state, p), { rtol: 1e-6, atol: 0 });
  }
  const centers = zeros(device, [17, 59]);
  const clock = tensor(device, words);
  drawCenters(centers, clock);
  expectClose(await centers.data(), normal(COUNT, state), { rtol: 1e-3, atol: 1e-3 });
  expect([...(await clock.data())]).toEqual([...WORDS, 5, (counter + 1) % 2 ** 32]);
});
