// The workgroup size of a flat kernel does not change its results, also at the edges of workgroups.
import { expect, test } from 'vitest';
import type { Choices } from '../../src/gpu/choices.ts';
import * as kernels from '../../src/kernels/index.ts';
import { backward } from '../../src/tensor/backward.ts';
import { rand } from '../../src/tensor/create.ts';
import { add, mul } from '../../src/tensor/ops/binary.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { permute } from '../../src/tensor/ops/permute.ts';
import { softmax } from '../../src/tensor/ops/softmax.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { scope } from '../../src/tensor/scope.ts';
import { bitsOf } from '../support/bits.ts';
import { testDevice } from '../support/device.ts';

const flat = Object.values(kernels).filter(({ isFlat }) => isFlat);

test('all flat kernels can have every workgroup size', () => {
  expect(flat.length).toBeGreaterThan(20);
  for (const kernel of flat) {
    for (const WORKGROUP of [16, 32, 128, 256]) {
      const text = kernel.specialize({ WORKGROUP });
      expect(text.match(/@workgroup_size\((\d+)/)?.[1], kernel.name).toBe(`${WORKGROUP}`);
      expect(text, kernel.name).not.toMatch(/groups\.x \* 64u/);
    }
  }
});

test.each([1, 15, 17, 255, 257, 1030])('results and gradients of %i values', async (count) => {
  const device = await testDevice();
  const run = async (workgroup: number | undefined) => {
    const seen = new Set<number>();
    const choices: Choices = {
      table: null,
      record: (_family, _dtype, _shape, byDefault) => byDefault(),
      dispatch: (kernel, spec, next) => {
        if (!kernel.isFlat || typeof spec.threads !== 'number') return next(spec);
        seen.add(spec.threads);
        next({ ...spec, workgroup });
      },
    };
    device.choices = choices;
    try {
      const x = rand(device, [count, 3], { seed: 1 });
      x.requiresGrad = true;
      const y = scope(() => {
        const y = softmax(add(exp(permute(x, [1, 0])), 1), 0);
        backward(sum(mul(y, y)));
        return y;
      });
      const bits = [await bitsOf(x), await bitsOf(y), x.grad && (await bitsOf(x.grad))];
      for (const one of [x, y]) one.dispose();
      expect(seen.size).toBeGreaterThan(1);
      return bits;
    } finally {
      device.choices = null;
    }
  };
  const expected = await run(undefined);
  for (const workgroup of [16, 32, 64, 128, 256]) expect(await run(workgroup)).toEqual(expected);
});
