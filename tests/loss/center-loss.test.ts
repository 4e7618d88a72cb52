import { describe, expect, test } from 'vitest';
import { CenterLoss, type CenterLossOptions } from '../../src/loss/center-loss.ts';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { scope } from '../../src/tensor/scope.ts';
import { from, random, randomIntegers } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { updateCenters } from '../reference/ops/center-loss.ts';
import { centerLoss, Value } from '../reference/tape.ts';
import { bitsOf } from '../support/bits.ts';
import { onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const CLASSES = 5;
const WIDTH = 6;
const batches = [1, 2, 3].map((seed) => ({
  features: random([9, WIDTH], seed, -2, 2),
  labels: randomIntegers(9, CLASSES - 1, seed + 10), // the last class never comes
}));

async function layer(options: CenterLossOptions = {}, seed = 0) {
  const device = await testDevice();
  const module = new CenterLoss(CLASSES, WIDTH, options).to(device, { seed });
  const forward = async ({ features, labels }: (typeof batches)[number]) => {
    const x = onDevice(device, features, true);
    const wanted = tensor(device, Uint32Array.from(labels));
    const loss = module.call(x, wanted);
    backward(loss);
    module.update(x, wanted);
    return { loss: await loss.item(), gradient: await x.grad!.data() };
  };
  return { device, module, forward, centers: async () => [...(await module.centers.value.data())] };
}

const SCALE = CLASSES / WIDTH;

describe('learned (Wen et al. 2016)', () => {
  test.each([undefined, 0.1, 1])('alpha %s: three steps of loss, gradient and centers', async (alpha) => {
    const { module, forward, centers } = await layer(alpha === undefined ? {} : { alpha });
    let expected = from([CLASSES, WIDTH], new Float64Array(CLASSES * WIDTH));
    for (const batch of batches) {
      const x = new Value(batch.features);
      const wanted = centerLoss(x, batch.labels, expected, { kind: 'learned', scale: SCALE });
      wanted.backward();
      const { loss, gradient } = await forward(batch);
      expectClose([loss], wanted.data, { label: 'loss' });
      expectClose(gradient, x.grad, { label: 'gradient' });
      expected = updateCenters(batch.features, batch.labels, expected, alpha ?? 0.5);
      expectClose(await centers(), expected, { label: 'centers' });
    }
    expect((await centers()).slice(-WIDTH)).toEqual(new Array(WIDTH).fill(0));
    module.dispose();
  });

  test('centers are in the state dict and have no gradient', async () => {
    const { module } = await layer();
    expect([...(await module.stateDict()).keys()]).toEqual(['centers']);
    expect(module.parameters()).toEqual([]);
    module.dispose();
  });
});

describe('released (the code of Liang et al. 2023)', () => {
  test('loss and gradient use the drawn centers; update() moves nothing', async () => {
    const { module, forward, centers } = await layer({ kind: 'released' }, 3);
    const drawn: number[][] = [];
    for (const batch of batches) {
      const { loss, gradient } = await forward(batch);
      const now = await centers();
      drawn.push(now);
      const x = new Value(batch.features);
      const wanted = centerLoss(x, batch.labels, from([CLASSES, WIDTH], now), {
        kind: 'released',
        scale: SCALE,
      });
      wanted.backward();
      expectClose([loss], wanted.data, { label: 'loss' });
      expectClose(gradient, x.grad, { label: 'gradient' });
    }
    // new ones at every call
    expect(new Set(drawn.flat()).size).toBe(3 * CLASSES * WIDTH);
    module.dispose();
  });

  test('equal seeds draw equal centers, other seeds others', async () => {
    const losses = async (seed: number) => {
      const { module, forward } = await layer({ kind: 'released' }, seed);
      const list = [];
      for (const batch of batches) list.push((await forward(batch)).loss);
      module.dispose();
      return list;
    };
    const first = await losses(3);
    expect(await losses(3)).toEqual(first);
    expect(await losses(4)).not.toEqual(first);
  });

  test('a replayed step draws new centers, as an eager one does', async () => {
    const { device, module, centers } = await layer({ kind: 'released' }, 3);
    const eager = await layer({ kind: 'released' }, 3);
    const x = onDevice(device, batches[0]!.features);
    const labels = tensor(device, Uint32Array.from(batches[0]!.labels));
    const recording = await device.capture(() => scope(() => module.call(x, labels)));
    for (let i = 0; i < 3; i++) {
      const replayed = await bitsOf(recording.run());
      expect(replayed).toEqual(await bitsOf(eager.module.call(x, labels)));
      expect(await centers()).toEqual(await eager.centers());
    }
    recording.dispose();
    for (const each of [module, eager.module]) each.dispose();
  });
});

test('a scale of 1 is the form of the literature; with as many features as classes the default is the same', async () => {
  const wen = await layer({ scale: 1 });
  const { loss } = await wen.forward(batches[0]!);
  const zero = from([CLASSES, WIDTH], new Float64Array(CLASSES * WIDTH));
  const { features, labels } = batches[0]!;
  expectClose([loss], centerLoss(new Value(features), labels, zero, { kind: 'learned' }).data);
  expect(new CenterLoss(8, 8).scale).toBe(1);
  expect(new CenterLoss(8, 640).scale).toBe(0.0125);
  wen.module.dispose();
});

test('rejects mismatched arguments', async () => {
  const { device, module } = await layer();
  const labels = tensor(device, Uint32Array.of(0, 1));
  const features = (...shape: number[]) => onDevice(device, random(shape, 1));
  expect(() => module.call(features(3, WIDTH), labels)).toThrow(
    'centerLoss: labels are u32 [2], expected u32 [3]',
  );
  expect(() => module.call(features(2, WIDTH + 1), labels)).toThrow(
    `centerLoss: centers are f32 [5, 6], expected f32 [K, 7]`,
  );
  expect(() => new CenterLoss(2, 3, { alpha: 2 })).toThrow(
    'CenterLoss: alpha: got 2, expected a number from 0 to 1',
  );
  for (const scale of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new CenterLoss(2, 3, { scale })).toThrow(
      /CenterLoss: scale: got .*, expected a number >= 0/,
    );
  }
  module.dispose();
});
