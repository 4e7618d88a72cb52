// Every op on NaN, infinities, both zeros and denormals, forward and backward, on every adapter of this machine,
// against plain loops in float64. The bits of the results are compared, since compilers may assume that no NaN exists.
// Denormals may be read and written as zeros of their sign, and a gradient of 0 may have either sign.
import { afterAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { backward } from '../../src/tensor/backward.ts';
import { OPS } from '../../src/tensor/ops/table.ts';
import { scope } from '../../src/tensor/scope.ts';
import type { NdArray } from '../reference/array.ts';
import * as reference from '../reference/tape.ts';
import { onDevice } from '../support/check-op.ts';
import { everyAdapter } from '../support/every-adapter.ts';
import { agrees, flushed } from '../support/special-values.ts';
import { SPECIAL_CASES, type SpecialCase } from './special-cases.ts';

/** Result and gradients of the float64 loops, with denormal inputs unchanged or as zeros. */
function expectedOf(row: SpecialCase, flush: boolean): number[][] {
  const take = (x: NdArray) => ({ shape: x.shape, data: flush ? x.data.map(flushed) : x.data });
  const leaves = row.inputs.map((x) => new reference.Value(take(x)));
  const y = row.reference(leaves);
  if (!(y instanceof reference.Value)) return [[...y.data]];
  y.backward(row.dy ?? y.data.map(() => 2));
  return [[...y.data], ...leaves.map(({ grad }) => [...grad])];
}

async function computed(row: SpecialCase, device: Device): Promise<number[][]> {
  const isTaped = row.reference(row.inputs.map((x) => new reference.Value(x))) instanceof reference.Value;
  const leaves = row.inputs.map((x) => onDevice(device, x, isTaped));
  const y = row.run(leaves);
  if (isTaped) {
    const dy = onDevice(device, {
      shape: [...y.shape],
      data: Float64Array.from(row.dy ?? Array(y.size).fill(2)),
    });
    scope(() => backward(y, { gradient: dy }));
    dy.dispose();
  }
  const tensors = [y, ...(isTaped ? leaves.map(({ grad }) => grad!) : [])];
  const values = await Promise.all(tensors.map((t) => t.data()));
  for (const t of [y, ...leaves]) t.dispose();
  return values.map((list) => [...list]);
}

test('every op has a row', () => {
  const named = new Set(SPECIAL_CASES.map(({ op }) => op));
  expect(OPS.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

describe.each(await everyAdapter())('$name', ({ open }) => {
  let opened: Promise<Device> | undefined;
  afterAll(async () => (await opened)?.destroy());

  test.each(SPECIAL_CASES.map((row) => [`${row.op}${row.title ? `, ${row.title}` : ''}`, row] as const))(
    '%s',
    async (_, row) => {
      opened ??= open();
      const got = await computed(row, await opened);
      const kept = expectedOf(row, false);
      const zeroed = row.exact ? kept : expectedOf(row, true);
      expect(got.map(({ length }) => length)).toEqual(kept.map(({ length }) => length));
      const wrong = got.flatMap((list, which) =>
        list.flatMap((value, i) => {
          const how = {
            rtol: row.rtol ?? 1e-4,
            atol: row.atol ?? 0,
            signs: which === 0 && row.signs === true,
          };
          const wanted = kept[which]![i]!;
          if (agrees(value, wanted, how) || agrees(value, zeroed[which]![i]!, how)) return [];
          const where = which === 0 ? 'result' : `gradient of input ${which - 1}`;
          const of = row.inputs.map(({ data }) => (data.length === list.length ? data[i] : '?'));
          return `${where}[${i}] of (${of}): got ${Object.is(value, -0) ? '-0' : value}, expected ${Object.is(wanted, -0) ? '-0' : wanted}`;
        }),
      );
      expect(wrong).toEqual([]);
    },
  );
});
