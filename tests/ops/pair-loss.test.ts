import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import {
  binaryCrossEntropyWithLogits,
  klDiv,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from '../../src/tensor/ops/pair-loss.ts';
import { type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { type PairLossName, type PairLossOptions, pairLoss, pairTerms } from '../reference/ops/pair-loss.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const functions = { mseLoss, l1Loss, smoothL1Loss, binaryCrossEntropyWithLogits, klDiv };

const CASES: [PairLossName, PairLossOptions][] = [
  ['mseLoss', {}],
  ['l1Loss', {}],
  ['smoothL1Loss', {}],
  ['smoothL1Loss', { beta: 0.3 }],
  ['smoothL1Loss', { beta: 0 }],
  ['binaryCrossEntropyWithLogits', {}],
  ['binaryCrossEntropyWithLogits', { weight: random([3, 1], 5, 0.5, 2) }],
  ['binaryCrossEntropyWithLogits', { posWeight: random([7], 6, 0.5, 4) }],
  ['binaryCrossEntropyWithLogits', { weight: random([1], 5, 0.5, 2), posWeight: random([3, 7], 6, 0.5, 4) }],
  ['klDiv', {}],
  ['klDiv', { logTarget: true }],
];

async function check(name: PairLossName, options: PairLossOptions, x: NdArray, t: NdArray) {
  const device = await testDevice();
  const { weight, posWeight, ...rest } = options;
  const given = {
    ...rest,
    ...(weight && { weight: onDevice(device, weight) }),
    ...(posWeight && { posWeight: onDevice(device, posWeight) }),
  };
  await checkAgainstReference(device, {
    inputs: [x, t],
    run: ([input, target]) => functions[name](input!, target!, given as object),
    reference: ([input, target]) => pairLoss(name, input!, target!, options),
  });
}

describe.each(CASES)('%s %j', (name, options) => {
  const reductions =
    name === 'klDiv' ? (['mean', 'sum', 'none', 'batchmean'] as const) : (['mean', 'sum', 'none'] as const);
  test.each(reductions)('%s', (reduction) =>
    check(name, { ...options, reduction }, random([3, 7], 1, -3, 3), random([3, 7], 2, 0.1, 1)),
  );
});

test.each(Object.keys(functions) as PairLossName[])('%s of any rank, mean by default', async (name) => {
  for (const shape of [[], [1], [2, 2, 3], [2, 1, 2, 1, 3]]) {
    await check(name, {}, random(shape, 3, -3, 3), random(shape, 4, 0.1, 1));
  }
});

test('binary cross-entropy is finite and accurate for large logits, and its slope at 0 is 1/2 - t', async () => {
  const device = await testDevice();
  const x = [0, 15, -15, 80, -80, 1e4, -1e4];
  for (const t of [0, 1, 0.25]) {
    const input = tensor(device, x, { requiresGrad: true });
    const target = tensor(
      device,
      x.map(() => t),
    );
    const loss = binaryCrossEntropyWithLogits(input, target, { reduction: 'none' });
    backward(loss, {
      gradient: tensor(
        device,
        x.map(() => 1),
      ),
    });
    const terms = pairTerms(
      'binaryCrossEntropyWithLogits',
      { shape: [7], data: Float64Array.from(x) },
      { shape: [7], data: new Float64Array(7).fill(t) },
      { reduction: 'none' },
    );
    expectClose(
      await loss.data(),
      terms.map(([value]) => value),
      { rtol: 1e-5, atol: 1e-30 },
    );
    expectClose(
      await input.grad!.data(),
      terms.map(([, slope]) => slope),
      { rtol: 1e-4, atol: 1e-7 },
    );
  }
});

test('klDiv: a target of 0 adds nothing', async () => {
  const device = await testDevice();
  const input = tensor(device, [[-1, -2, -3]], { requiresGrad: true });
  const loss = klDiv(input, tensor(device, [[0, 1, 0]]), { reduction: 'sum' });
  backward(loss);
  expect(await loss.item()).toBe(2);
  expect([...(await input.grad!.data())].map((v) => v + 0)).toEqual([0, -1, 0]);
});

test('only tensors that need a gradient receive one', async () => {
  const device = await testDevice();
  const input = tensor(device, [1, 2]);
  const target = tensor(device, [3, 5], { requiresGrad: true });
  backward(mseLoss(input, target));
  expect(input.grad).toBeNull();
  expect([...(await target.grad!.data())]).toEqual([2, 3]);
});

test('errors state what does not fit', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2]);
  const u = tensor(device, new Uint32Array(2));
  for (const [name, loss] of Object.entries(functions)) {
    expect(() => loss(x, tensor(device, [[1], [2]]))).toThrow(
      `${name}: target has shape [2, 1], expected [2], the shape of the input. Use reshape or expand first.`,
    );
    expect(() => loss(x, u)).toThrow(`${name}: target: got a tensor of type u32`);
    expect(() => loss(u, x)).toThrow(`${name}: input: got a tensor of type u32`);
    expect(() => loss(x, x, { reduction: 'avg' as 'mean' })).toThrow(`${name}: reduction: got 'avg'`);
    expect(() => loss(x, x, { size_average: true } as object)).toThrow(
      `${name}: unknown option "size_average"`,
    );
  }
  expect(() => smoothL1Loss(x, x, { beta: -1 })).toThrow('smoothL1Loss: beta: got -1');
  const posWeight = tensor(device, [1, 2, 3]);
  expect(() => binaryCrossEntropyWithLogits(x, x, { posWeight })).toThrow(
    'binaryCrossEntropyWithLogits: posWeight has shape [3], expected one that broadcasts to [2]',
  );
  expect(() => klDiv(x, x, { logTarget: 1 as unknown as boolean })).toThrow('klDiv: logTarget: got 1');
});
