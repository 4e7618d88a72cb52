import { describe, expect, test } from 'vitest';
import {
  add,
  backward,
  batchNorm,
  cast,
  checkpoint,
  crossEntropy,
  type Device,
  dropout,
  gatherRows,
  matmul,
  mul,
  noGrad,
  oneHot,
  ones,
  rand,
  relu,
  reshape,
  scope,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';

type Fn = (...inputs: Tensor[]) => Tensor;
const plain = (fn: Fn, ...inputs: Tensor[]) => fn(...inputs);

/** Runs a computation with and without checkpoints, and returns all values of both that must have the same bits. */
async function both(
  compute: (device: Device, run: typeof plain) => Tensor[],
): Promise<[number[][], number[][]]> {
  const device = await testDevice();
  const values = async (run: typeof plain) => {
    const tensors = compute(device, run);
    const found: number[][] = [];
    for (const one of tensors) found.push([...(await one.data())]);
    for (const one of tensors) one.dispose();
    return found;
  };
  return [await values(plain), await values(checkpoint as typeof plain)];
}

const leaf = (device: Device, shape: number[], seed: number) => {
  const x = rand(device, shape, { seed, low: -1 });
  x.requiresGrad = true;
  return x;
};

describe('checkpoint: results and gradients have the same bits as without it', () => {
  test.each<[string, (device: Device, run: typeof plain) => Tensor[]]>([
    [
      'one operation',
      (device, run) => {
        const x = leaf(device, [5], 1);
        const y = run((a) => mul(a as Tensor, a as Tensor), x);
        backward(sum(y));
        return [y, x.grad as Tensor];
      },
    ],
    [
      'parameters that are not inputs, and a batch that needs no gradient',
      (device, run) => {
        const x = rand(device, [4, 3], { seed: 1 });
        const w = leaf(device, [3, 2], 2);
        const y = run((a) => relu(matmul(a as Tensor, w)), x);
        backward(sum(y));
        return [y, w.grad as Tensor];
      },
    ],
    [
      'an input used three times, inside and outside',
      (device, run) => {
        const w = leaf(device, [6], 3);
        const x = mul(w, 1.5);
        const y = run((a) => add(mul(a as Tensor, 0.3), mul(a as Tensor, a as Tensor)), x);
        const z = add(add(mul(x, 0.7), y), x);
        backward(sum(mul(z, z)));
        return [z, w.grad as Tensor];
      },
    ],
    [
      'two inputs, one of them without a gradient',
      (device, run) => {
        const x = leaf(device, [4], 4);
        const other = rand(device, [4], { seed: 5 });
        const y = run((a, b) => mul(mul(a as Tensor, b as Tensor), b as Tensor), x, other);
        backward(sum(y));
        return [y, x.grad as Tensor];
      },
    ],
    [
      'a tensor of the graph that the function uses without receiving it',
      (device, run) => {
        const w = leaf(device, [4], 6);
        const outside = mul(w, 2);
        const x = leaf(device, [4], 7);
        const y = run((a) => mul(a as Tensor, outside), x);
        backward(sum(y));
        return [y, x.grad as Tensor, w.grad as Tensor];
      },
    ],
    [
      'checkpoints one after another and inside one another',
      (device, run) => {
        const w = leaf(device, [4, 4], 8);
        const layer = (a: Tensor) => relu(matmul(a, w));
        const x = leaf(device, [2, 4], 9);
        const inner = (a: Tensor) => run((b) => layer(b as Tensor), a);
        const y = run(
          (a) => inner(inner(a as Tensor)),
          run((a) => layer(a as Tensor), x),
        );
        backward(sum(y));
        return [y, x.grad as Tensor, w.grad as Tensor];
      },
    ],
    [
      'dropout: the same masks, and the counter advances once per call',
      (device, run) => {
        const state = tensor(device, new Uint32Array([1, 2, 3, 0]));
        const x = leaf(device, [64], 10);
        const drop = (a: Tensor) => dropout(dropout(a, 0.5, state), 0.25, state);
        const y = run((a) => drop(a as Tensor), x);
        const z = run((a) => run((b) => drop(b as Tensor), a as Tensor), y);
        backward(sum(z));
        return [y, z, x.grad as Tensor, state];
      },
    ],
    [
      'batch norm: the running statistics move once',
      (device, run) => {
        const running = { mean: zeros(device, [3]), variance: ones(device, [3]) };
        const gamma = leaf(device, [3], 11);
        const beta = leaf(device, [3], 12);
        const options = { training: true, eps: 1e-5, momentum: 0.3, activation: 'hardSwish' as const };
        const x = leaf(device, [2, 5, 5, 3], 13);
        const residual = mul(x, 0.5);
        const y = run(
          (a, b) => batchNorm(a as Tensor, gamma, beta, running, { ...options, residual: b }),
          x,
          residual,
        );
        backward(sum(mul(y, y)));
        const { mean, variance } = running;
        return [y, x.grad as Tensor, gamma.grad as Tensor, beta.grad as Tensor, mean, variance];
      },
    ],
  ])('%s', async (_, compute) => {
    const [without, with_] = await both(compute);
    expect(with_).toEqual(without);
    expect(without.flat().some((value) => value !== 0)).toBe(true);
  });
});

test('retainGraph: the checkpoint runs again in each backward pass', async () => {
  const device = await testDevice();
  const x = leaf(device, [3], 1);
  const y = sum(checkpoint((a) => mul(a, a), x));
  backward(y, { retainGraph: true });
  const once = [...(await (x.grad as Tensor).data())];
  backward(y);
  expect([...(await (x.grad as Tensor).data())]).toEqual(once.map((value) => 2 * value));
  expect(() => backward(y)).toThrow('already differentiated');
});

test('tensors that are frozen before the backward pass have no gradient', async () => {
  const device = await testDevice();
  const gradients = (run: typeof plain, frozen: readonly number[], isNested = false) => {
    const leaves = [leaf(device, [3], 1), leaf(device, [3], 2)] as const;
    const [x, w] = leaves;
    const fn = (a: Tensor) => mul(mul(a, w), w);
    const y = sum(run((a) => (isNested ? run((b) => fn(b as Tensor), a as Tensor) : fn(a as Tensor)), x));
    for (const i of frozen) (leaves[i] as Tensor).requiresGrad = false;
    backward(y);
    return leaves.map(({ grad }) => grad !== null);
  };
  for (const frozen of [[], [0], [1], [0, 1]]) {
    const expected = [0, 1].map((i) => !frozen.includes(i));
    expect(gradients(plain, frozen)).toEqual(expected);
    expect(gradients(checkpoint as typeof plain, frozen), `${frozen}`).toEqual(expected);
    expect(gradients(checkpoint as typeof plain, frozen, true), `nested ${frozen}`).toEqual(expected);
  }
  // a block that is frozen, between trained ones
  const [x, w] = [leaf(device, [3], 1), leaf(device, [3], 2)];
  const first = checkpoint((a) => mul(a, w), ones(device, [3]));
  const y = sum(mul(first, x));
  w.requiresGrad = false;
  backward(y);
  expect([x.grad === null, w.grad === null]).toEqual([false, true]);
});

test('nothing is taped without a gradient, and a function may return its input', async () => {
  const device = await testDevice();
  const x = leaf(device, [3], 1);
  expect(noGrad(() => checkpoint((a) => mul(a, 2), x)).node).toBeNull();
  const frozen = rand(device, [3], { seed: 1 });
  expect(checkpoint((a) => mul(a, 2), frozen).node).toBeNull();
  const before = mul(x, 2);
  expect(checkpoint((a) => a, before)).toBe(before);
});

test('memory: a chain of checkpoints keeps one tensor each', async () => {
  const device = await testDevice();
  const size = 4096;
  const peak = (run: typeof plain) => {
    const x = leaf(device, [size], 1);
    let most = 0;
    scope(() => {
      let y = x;
      for (let i = 0; i < 4; i++) y = run((a) => relu(mul(mul(a as Tensor, a as Tensor), a as Tensor)), y);
      most = device.memory().liveBytes;
      backward(sum(y));
    });
    x.dispose();
    return most;
  };
  const held = device.memory().liveBytes;
  const without = peak(plain);
  const with_ = peak(checkpoint as typeof plain);
  expect(device.memory().liveBytes).toBe(held);
  expect(without - with_).toBeGreaterThanOrEqual(4 * 4 * size);
});

test('a failure frees what was kept', async () => {
  const device = await testDevice();
  const x = leaf(device, [64], 1);
  const held = device.memory().liveBytes;
  expect(() =>
    checkpoint((a) => {
      mul(a, a);
      throw new Error('mine');
    }, x),
  ).toThrow('mine');
  expect(device.memory().liveBytes).toBe(held);
});

describe('checkpoint: misuse', () => {
  const started = async () => ({ device: await testDevice(), x: leaf(await testDevice(), [3], 1) });

  test('another value than a function or a tensor', async () => {
    const { x } = await started();
    expect(() => checkpoint(null as never, x)).toThrow('checkpoint: fn: got null');
    expect(() => checkpoint((a: Tensor) => a, 3 as never)).toThrow('checkpoint: input 0: got 3');
    expect(() => checkpoint(() => undefined as never, x)).toThrow(
      'checkpoint: fn: returned undefined, expected one tensor',
    );
    expect(() => checkpoint((async (a: Tensor) => a) as unknown as (a: Tensor) => Tensor, x)).toThrow(
      'checkpoint: fn: returned',
    );
  });

  test('a weight that is overwritten before the backward pass', async () => {
    const { device, x } = await started();
    const w = rand(device, [3], { seed: 2 });
    const y = sum(checkpoint((a) => mul(a, w), x));
    w.write([1, 2, 3]);
    expect(() => backward(y)).toThrow('a tensor that its function uses');
  });

  test('an input that is overwritten before the backward pass', async () => {
    const { device, x } = await started();
    const input = rand(device, [3], { seed: 2 });
    const y = sum(checkpoint((a: Tensor, b: Tensor) => mul(a, b), x, input));
    input.write([1, 2, 3]);
    expect(() => backward(y)).toThrow('was overwritten');
  });

  test('a function that computes something else the second time', async () => {
    const { device, x } = await started();
    let calls = 0;
    const changing = sum(checkpoint((a) => (calls++ === 0 ? mul(a, 2) : sum(a)), x));
    expect(() => backward(changing)).toThrow(
      'checkpoint: fn returned shape [] in the backward pass (expected shape [3]',
    );
    let runs = 0;
    const detached = sum(checkpoint((a) => mul(runs++ === 0 ? a : a.detach(), 2), x));
    expect(() => backward(detached)).toThrow('checkpoint: fn returned a tensor without a gradient');
    const state = tensor(device, new Uint32Array([1, 2, 3, 0]));
    let draws = 0;
    const drawing = sum(checkpoint((a) => (draws++ === 0 ? mul(a, 2) : dropout(a, 0.5, state)), x));
    expect(() => backward(drawing)).toThrow('fn drew 1 random masks in the backward pass (expected 0');
  });

  test('what an operation reads without a gradient is overwritten before the backward pass', async () => {
    const { device } = await started();
    const running = () => ({ mean: zeros(device, [4]), variance: ones(device, [4]) });
    const options = { training: false, eps: 1e-5, momentum: 0.1, activation: 'none' as const };
    const statistics = running();
    const indices = () => tensor(device, new Uint32Array([0, 1, 2]));
    const cases: [string, Tensor, (a: Tensor, read: Tensor) => Tensor][] = [
      ['labels', indices(), (a, read) => crossEntropy(a, read)],
      ['indices', indices(), (a, read) => gatherRows(a, read)],
      ['classes', indices(), (a, read) => mul(a, oneHot(read, 4))],
      ['integers', tensor(device, new Uint32Array([1, 2, 3, 4])), (a, read) => mul(a, cast(read, 'f32'))],
      [
        'running statistics in evaluation mode',
        statistics.variance,
        (a) => batchNorm(a, ones(device, [4]), zeros(device, [4]), statistics, options),
      ],
    ];
    for (const [what, read, fn] of cases) {
      const x = leaf(device, [3, 4], 1);
      const y = sum(checkpoint((a) => fn(a, read), x));
      read.write(read.shape[0] === 3 ? [2, 2, 2] : [7, 7, 7, 7]);
      expect(() => backward(y), what).toThrow('a tensor that its function uses');
    }
    const rules = device.rules;
    checkpoint((a) => mul(a, 2), leaf(device, [2], 1));
    expect(device.rules).toBe(rules);
  });

  test('running statistics and random states that training changes are not mistaken for inputs', async () => {
    const { device, x } = await started();
    const running = { mean: zeros(device, [1]), variance: ones(device, [1]) };
    const state = tensor(device, new Uint32Array([1, 2, 3, 0]));
    const options = { training: true, eps: 1e-5, momentum: 0.1, activation: 'none' as const };
    const block = (a: Tensor) =>
      dropout(
        batchNorm(reshape(a, [3, 1]), ones(device, [1]), zeros(device, [1]), running, options),
        0.5,
        state,
      );
    const y = sum(checkpoint((a) => checkpoint(block, a), x));
    noGrad(() => block(x));
    backward(y);
    expect(x.grad).not.toBeNull();
  });
});
