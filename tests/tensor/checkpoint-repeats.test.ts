// What may change between the forward and the backward pass: a checkpoint behaves as the plain run, or refuses.
import { describe, expect, test } from 'vitest';
import {
  backward,
  batchNorm,
  CenterLoss,
  checkpoint,
  type Device,
  Dropout,
  dropout,
  Linear,
  mul,
  noGrad,
  ones,
  rand,
  relu,
  reshape,
  Sequential,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';

type Run = (fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]) => Tensor;
const plain: Run = (fn, ...inputs) => fn(...inputs);
const twice: Run = (fn, ...inputs) => checkpoint((...given) => checkpoint(fn, ...given), ...inputs);

const leaf = (device: Device, shape: number[], seed: number, requiresGrad = true) => {
  const x = rand(device, shape, { seed, low: -1 });
  x.requiresGrad = requiresGrad;
  return x;
};

describe('gradients are those of the plain run', () => {
  // of x, w and v; each function gets x and v as arguments, and uses w and x directly
  const functions: Record<string, (w: Tensor, x: Tensor) => (a: Tensor, b: Tensor) => Tensor> = {
    'all are used': (w, x) => (a, b) => mul(mul(mul(a, w), b), x),
    'an argument is not used': (w) => (a) => mul(mul(a, w), w),
    'no argument is used': (w, x) => () => mul(w, x),
    'a part is computed without a gradient': (w, x) => (a, b) =>
      mul(
        mul(
          a,
          noGrad(() => relu(w)),
        ),
        mul(b, x),
      ),
    'one tensor is a view of another': (w) => (a, b) => mul(mul(reshape(w, [3]), w.detach()), mul(a, b)),
  };
  const before = [0, 2, 5, 7].map((bits) => [bits & 1, bits & 2, bits & 4].map(Boolean));

  test.each(Object.entries(functions))('%s, whatever is frozen or trained meanwhile', async (_, fn) => {
    const device = await testDevice();
    const gradients = (run: Run, needed: boolean[], after: boolean[]): (Tensor | null)[] => {
      const leaves = needed.map((needs, i) => leaf(device, [3], i + 1, needs));
      const [x, w, v] = leaves as [Tensor, Tensor, Tensor];
      const other = leaf(device, [3], 9); // so that there is always a gradient
      const y = sum(mul(run(fn(w, x) as Parameters<Run>[0], x, v), other));
      leaves.forEach((one, i) => {
        one.requiresGrad = after[i] as boolean;
      });
      backward(y);
      expect(leaves.map(({ requiresGrad }) => requiresGrad)).toEqual(after);
      return [...leaves, other].map(({ grad }) => grad);
    };
    const pairs: [got: Tensor, expected: Tensor, what: string][] = [];
    for (const needed of before) {
      // every leaf changes, or only the middle one
      const afters = [needed.map((needs) => !needs), needed.map((needs, i) => (i === 1 ? !needs : needs))];
      for (const after of afters) {
        const expected = gradients(plain, needed, after);
        for (const run of [checkpoint as Run, twice]) {
          const what = `${needed} to ${after}`;
          const got = gradients(run, needed, after);
          expect(
            got.map((one) => one === null),
            what,
          ).toEqual(expected.map((one) => one === null));
          got.forEach((one, i) => {
            if (one) pairs.push([one, expected[i] as Tensor, what]);
          });
        }
      }
    }
    const bits = async (tensors: Tensor[]) =>
      (await device.read(tensors)).map((one) => [...new Uint32Array(one)]);
    expect(pairs.length).toBeGreaterThan(15);
    const expected = await bits(pairs.map(([, one]) => one));
    (await bits(pairs.map(([one]) => one))).forEach((got, i) => {
      expect(got, pairs[i]?.[2]).toEqual(expected[i]);
    });
  });
});

describe('a function that computes something else in the backward pass is refused', () => {
  const training = { training: true, eps: 1e-5, momentum: 0.1, activation: 'none' as const };
  const shape = [4, 3];
  // each returns the function, and what changes between the passes
  const cases: Record<
    string,
    (device: Device) => [fn: (a: Tensor) => Tensor, change: () => void, named: RegExp]
  > = {
    'dropout in evaluation mode': (device) => {
      const layer = new Sequential(new Linear(3, 3), new Dropout(0.5)).to(device, { seed: 1 });
      return [
        (a) => layer.call(a) as Tensor,
        () => layer.eval(),
        /^checkpoint: fn computed something else in the backward pass \(got reshape, expected dropout/,
      ];
    },
    'dropout in training mode': (device) => {
      const layer = new Dropout(0.5).to(device, { seed: 1 }).eval();
      return [(a) => layer.call(mul(a, a)), () => layer.train(), /drew 1 random masks in the backward pass/];
    },
    'batch norm in evaluation mode': (device) => {
      const running = { mean: zeros(device, [3]), variance: ones(device, [3]) };
      const [gamma, beta] = [ones(device, [3]), zeros(device, [3])];
      const options = { ...training };
      const change = () => {
        options.training = false;
      };
      return [(a) => batchNorm(a, gamma, beta, running, options), change, /got batchNorm statistics/];
    },
    'another constant': (device) => {
      let factor = 2;
      const change = () => {
        factor = 3;
      };
      return [(a) => mul(a, tensor(device, factor)), change, /got a write from the host: 4 bytes/];
    },
    'another random number from the host': (device) => {
      let seed = 1;
      return [(a) => mul(a, rand(device, shape, { seed: seed++ })), () => {}, /"seedLow":2/];
    },
    'another probability': (device) => {
      let p = 0.25;
      const state = tensor(device, new Uint32Array([1, 2, 3, 0]));
      const change = () => {
        p = 0.5;
      };
      return [(a) => dropout(a, p, state), change, /"p":0.5/];
    },
    'another weight of the same shape': (device) => {
      const weights = [leaf(device, shape, 2), leaf(device, shape, 3)];
      return [(a) => mul(a, weights[0] as Tensor), () => weights.reverse(), /got mul/];
    },
    'fewer operations': () => {
      let isLong = true;
      const change = () => {
        isLong = false;
      };
      return [(a) => (isLong ? relu(mul(a, a)) : mul(a, a)), change, /got nothing more, expected relu/];
    },
    'more operations': () => {
      let isLong = false;
      const change = () => {
        isLong = true;
      };
      return [(a) => (isLong ? relu(mul(a, a)) : mul(a, a)), change, /got relu.*, expected nothing more/];
    },
  };

  test.each(Object.entries(cases))('%s', async (_, prepare) => {
    const device = await testDevice();
    for (const run of [checkpoint as Run, twice]) {
      const [fn, change, named] = prepare(device);
      const x = leaf(device, shape, 1);
      const y = sum(run(fn, x));
      change();
      expect(() => backward(y)).toThrow(named);
      expect(x.requiresGrad).toBe(true);
    }
    expect(Object.hasOwn(device, 'upload')).toBe(false);
  });
});

test('a function may compute and keep something in its first run', async () => {
  const device = await testDevice();
  const gradient = async (run: Run) => {
    let kept: Tensor | null = null;
    const x = leaf(device, [3], 1);
    const factors = tensor(device, [1, 2, 3]);
    const y = sum(
      run((a) => {
        if (!kept) kept = noGrad(() => relu(factors)).alias();
        return mul(a, factors);
      }, x),
    );
    backward(y);
    return [...(await (x.grad as Tensor).data())];
  };
  expect(await gradient(checkpoint)).toEqual(await gradient(plain));
});

test('a function that overwrites what it reads is refused, and its memory is freed', async () => {
  const device = await testDevice();
  const x = leaf(device, [2, 3], 1);
  const w = rand(device, [2, 3], { seed: 2 });
  const loss = new CenterLoss(2, 3, { kind: 'released' }).to(device, { seed: 1 });
  const labels = tensor(device, new Uint32Array([0, 1]));
  const held = device.memory().liveBytes;
  const writes = () => {
    w.write([1, 2, 3, 4, 5, 6]);
    return mul(x, w);
  };
  expect(() => checkpoint(writes, x)).toThrow('checkpoint: fn overwrote a tensor that it reads');
  expect(() => checkpoint((a) => loss.call(a, labels), x)).toThrow('changed by');
  expect(device.memory().liveBytes).toBe(held);
});
