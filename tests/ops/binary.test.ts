import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backward } from '../../src/tensor/backward.ts';
import { tensor } from '../../src/tensor/create.ts';
import { add, div, mul, type Operand, sub } from '../../src/tensor/ops/binary.ts';
import { less } from '../../src/tensor/ops/compare.ts';
import { maximum, minimum } from '../../src/tensor/ops/extremum.ts';
import { pow } from '../../src/tensor/ops/pow.ts';
import { where } from '../../src/tensor/ops/where.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { from, map, type NdArray, random } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { type BinaryName, binary, binaryDerivatives, binaryFunctions } from '../reference/ops/binary.ts';
import { checkAgainstReference, onDevice } from '../support/check-op.ts';
import { testDevice } from '../support/device.ts';

const ops: Record<BinaryName, (a: Operand, b: Operand) => Tensor> = {
  add,
  sub,
  mul,
  div,
  pow,
  minimum,
  maximum,
};
const names = Object.keys(ops) as BinaryName[];

/** Numbers for which the op and its derivatives are well behaved: no division by nearly 0, positive bases. */
function operandsOf(name: BinaryName, a: number[], b: number[], seed: number): [NdArray, NdArray] {
  const left = name === 'pow' ? random(a, seed, 0.3, 2) : random(a, seed, -2, 2);
  const right = random(b, seed + 1, -2, 2);
  if (name !== 'div') return [left, right];
  return [left, map(right, (v) => Math.fround(v + Math.sign(v) * 0.5))];
}

const shapes: [number[], number[]][] = [
  [[], []],
  [[1], []],
  [[7], [7]],
  [
    [4, 6],
    [4, 6],
  ],
  [[3, 5], [5]],
  [
    [3, 1],
    [1, 4],
  ],
  [[2, 3, 15], [15]],
  [
    [2, 1, 3, 21],
    [1, 4, 1, 21],
  ],
  [
    [6, 1, 1],
    [2, 3],
  ],
  [[], [2, 3, 1, 2, 2]],
];

describe.each(names)('%s', (name) => {
  const check = async (a: number[], b: number[], seed: number) =>
    checkAgainstReference(await testDevice(), {
      inputs: operandsOf(name, a, b, seed),
      run: ([p, q]) => ops[name](p!, q!),
      reference: ([p, q]) => binary(name, p!, q!),
      atol: 1e-4,
    });

  test.each(shapes)('of shapes [%s] and [%s]', async (a, b) => check(a, b, 5));

  test('of random shapes that broadcast', async () => {
    const pair = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('both', 'left', 'right')), {
        maxLength: 5,
      })
      .chain((axes) => fc.tuple(fc.constant(axes), fc.nat(axes.length), fc.nat(axes.length), fc.nat(999)));
    await fc.assert(
      fc.asyncProperty(pair, async ([axes, dropA, dropB, seed]) => {
        const a = axes.map(([n, who]) => (who === 'right' ? 1 : n)).slice(Math.min(dropA, dropB) && dropA);
        const b = axes.map(([n, who]) => (who === 'left' ? 1 : n)).slice(dropB);
        await check(a, b, seed);
      }),
      { numRuns: 5, seed: 42 },
    );
  });

  test('of a number and a tensor, in either order', async () => {
    const device = await testDevice();
    const x = random([3, 5], 9, 0.5, 2);
    const two = from([], [2]);
    const t = onDevice(device, x);
    expectClose(await ops[name](t, 2).data(), binary(name, x, two));
    expectClose(await ops[name](2, t).data(), binary(name, two, x));
  });
});

test.each([
  [Uint32Array, [7, 0, 4000000000], [2, 5, 3]],
  [Int32Array, [-7, 0, 2000000000], [2, -5, 3]],
] as const)('%o operands keep their type', async (array, a, b) => {
  const device = await testDevice();
  const [p, q] = [tensor(device, array.from(a)), tensor(device, array.from(b))];
  for (const name of ['add', 'sub', 'mul', 'minimum', 'maximum'] as const) {
    const y = ops[name](p, q);
    expect(y.dtype).toBe(p.dtype);
    const exact = a.map((v, i) => (name === 'mul' ? Math.imul(v, b[i]!) : binaryFunctions[name](v, b[i]!)));
    expect([...(await y.data())]).toEqual([...array.from(exact)]);
  }
});

test('a number combined with integers must fit their type', async () => {
  const device = await testDevice();
  const u = tensor(device, Uint32Array.of(5, 4e9));
  const i = tensor(device, Int32Array.of(-5, 7));
  expect([...(await add(u, 1).data())]).toEqual([6, 4e9 + 1]);
  expect([...(await maximum(4294967295, u).data())]).toEqual([4294967295, 4294967295]);
  expect([...(await sub(i, -2147483648).data())]).toEqual([2147483643, -2147483641]);
  expect(() => add(u, 1.5)).toThrow(
    "add: got a tensor of type u32 and the number 1.5, which u32 cannot hold. Use cast(x, 'f32') first.",
  );
  expect(() => mul(0.5, i)).toThrow('mul: got a tensor of type i32 and the number 0.5');
  for (const number of [-1, 2 ** 32, Number.NaN])
    expect(() => less(u, number)).toThrow(/^less: .* u32 cannot hold/);
  for (const number of [2 ** 31, Infinity])
    expect(() => minimum(i, number)).toThrow(/^minimum: .* i32 cannot hold/);
  expect(() => where(less(u, 6), u, 0.25)).toThrow('where: got a tensor of type u32 and the number 0.25');
});

describe('pow', () => {
  const bases = [-2.5, -1, -0.0, 0, 0.5, 1, 3];
  const exponents = [-3, -2, -1, 0, 1, 2, 3, 5, 64, 65, 100, 0.5, 2.5];

  test('for all signs and special values', async () => {
    const device = await testDevice();
    const cases = bases.flatMap((x) => exponents.map((p) => [x, p] as const));
    const y = pow(
      tensor(
        device,
        cases.map(([x]) => x),
      ),
      tensor(
        device,
        cases.map(([, p]) => p),
      ),
    );
    const got = await y.data();
    cases.forEach(([x, p], i) => {
      // if the power exceeds the range of f32, the overflow depends on the adapter
      if (Math.abs(x ** p) > 1e38 || (x === 0 && p < 0)) return;
      expectClose([got[i]!], [x ** p], { rtol: 1e-4, atol: 1e-30, label: `${x} ^ ${p}` });
    });
  });

  test('relative precision of large results, and of large exponents of bases near 1', async () => {
    const cases = [
      [0.9999999, 1e4],
      [1.0000001, 1e7],
      [0.999, 5000],
      [0.983, 1000],
      [1.0001, 2e5],
      [1e9, 2.5],
      [5e28, -1.25],
      [1e-30, 0.75],
      [3, -37.5],
      [1.41, 77.75],
      [1e-40, 0.5],
      [2, 127.5],
      [2, -125.5],
    ].map((pair) => pair.map(Math.fround) as [number, number]);
    const device = await testDevice();
    const [x, p] = [0, 1].map((i) =>
      tensor(
        device,
        Float32Array.from(cases, (pair) => pair[i]!),
      ),
    );
    const expected = cases.map(([base, exponent]) => base ** exponent);
    expectClose(await pow(x!, p!).data(), expected, { rtol: 5e-6, atol: 0 });
  });

  test('derivatives with respect to base and exponent', async () => {
    const device = await testDevice();
    const cases = bases
      .flatMap((x) => [0, 1, 2, 3, -1, -2].map((p) => [x, p] as const))
      .filter(([x, p]) => x !== 0 || p >= 0);
    const x = tensor(
      device,
      cases.map(([x]) => x),
      { requiresGrad: true },
    );
    const p = tensor(
      device,
      cases.map(([, p]) => p),
      { requiresGrad: true },
    );
    backward(pow(x, p), { gradient: tensor(device, new Float32Array(cases.length).fill(1)) });
    const [dx, dp] = [await x.grad!.data(), await p.grad!.data()];
    cases.forEach(([x, p], i) => {
      const [byBase, byExponent] = binaryDerivatives.pow(x, p);
      expectClose([dx[i]!], [byBase], { label: `by the base of ${x} ^ ${p}` });
      expectClose([dp[i]!], [byExponent], { label: `by the exponent of ${x} ^ ${p}` });
    });
  });
});

test.each([minimum, maximum])('ties share the gradient', async (op) => {
  const device = await testDevice();
  const a = tensor(device, [1, 2, 3], { requiresGrad: true });
  const b = tensor(device, [1, 5, 3], { requiresGrad: true });
  backward(op(a, b), { gradient: tensor(device, [2, 2, 2]) });
  const second = op === minimum ? 2 : 0;
  expect([...(await a.grad!.data())]).toEqual([1, second, 1]);
  expect([...(await b.grad!.data())]).toEqual([1, 2 - second, 1]);
});

test('errors name the mismatch', async () => {
  const device = await testDevice();
  const x = tensor(device, [[1, 2, 3]]);
  expect(() => add(1, 2)).toThrow(/add: got 1 and 2, expected a tensor/);
  expect(() => mul(x, tensor(device, [1, 2]))).toThrow(/mul: shapes \[1, 3\] and \[2\] do not broadcast/);
  expect(() => sub(x, tensor(device, new Uint32Array(3)))).toThrow(/sub: got types f32 and u32/);
  expect(() => pow(tensor(device, new Uint32Array(3)), 2)).toThrow(/pow: got tensors of type u32/);
});
