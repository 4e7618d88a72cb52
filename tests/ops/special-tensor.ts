// Rows of special-values.test.ts: ops along an axis, rounding, sine and clamp.
import * as fg from '../../src/index.ts';
import { from, map, type NdArray } from '../reference/array.ts';
import * as reduce from '../reference/ops/reduce.ts';
import * as scan from '../reference/ops/scan.ts';
import * as tape from '../reference/tape.ts';
import { pairs, SPECIAL } from '../support/special-values.ts';
import type { SpecialCase } from './special-cases.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { Value } = tape;
const row = (...values: number[]): NdArray => from([values.length], values);
const [xs, dys] = pairs(SPECIAL, [2, nan, inf, 0]);
const rows = from([4, 4], [1, nan, 2, inf, -inf, 1, -0, 0, 3, -inf, inf, 3, nan, -inf, nan, 5]);

const spread = from([5, 4], [1, nan, 2, inf, -inf, 1, -0, 0, 3, 3, 3, 3, 1, 2, 3, 5, 1e15, 1, 1, 1]);

/** Applies a function to each element; `slope` gives the gradient. */
function each(x: tape.Value, f: (v: number) => number, slope: (v: number, dy: number) => number): tape.Value {
  return new Value(map(x, f), [x], (grad) => {
    for (let i = 0; i < grad.length; i++) x.grad[i]! += slope(x.data[i]!, grad[i]!);
  });
}

/** Elements of x by position. */
function taken(x: tape.Value, shape: number[], places: readonly number[]): tape.Value {
  const y = from(
    shape,
    places.map((place) => x.data[place]!),
  );
  return new Value(y, [x], (grad) => {
    places.forEach((place, i) => {
      x.grad[place]! += grad[i]!;
    });
  });
}

const steps = {
  sign: (v: number) => (v > 0 ? 1 : v < 0 ? -1 : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: scan.round,
};

export const TENSOR_CASES: SpecialCase[] = [
  ...(Object.keys(steps) as (keyof typeof steps)[]).map(
    (op): SpecialCase => ({
      op,
      inputs: [xs],
      dy: dys.data,
      run: ([x]) => fg[op](x!),
      reference: ([x]) => each(x!, steps[op], () => 0),
    }),
  ),
  ...(['sin', 'cos'] as const).map(
    (op): SpecialCase => ({
      op,
      inputs: [xs],
      dy: dys.data,
      atol: 1e-6,
      run: ([x]) => fg[op](x!),
      reference: ([x]) =>
        each(
          x!,
          Math[op],
          (v, dy) => dy * (op === 'sin' ? Math.fround(Math.cos(v)) : Math.fround(-Math.sin(v))),
        ),
    }),
  ),
  {
    op: 'clamp',
    inputs: [xs],
    dy: dys.data,
    run: ([x]) => fg.clamp(x!, -1, 3),
    reference: ([x]) =>
      each(
        x!,
        (v) => Math.min(Math.max(v, -1), 3),
        (v, dy) => (v >= -1 && v <= 3 ? dy : 0),
      ),
  },
  {
    op: 'prod',
    inputs: [rows],
    run: ([x]) => fg.prod(x!, 1),
    reference: ([x]) =>
      new Value(reduce.prod(x!, { axes: [1] }), [x!], (grad) => {
        for (let i = 0; i < 16; i++) {
          const line = [...x!.data.subarray(i - (i % 4), i - (i % 4) + 4)];
          line[i % 4] = 1;
          x!.grad[i]! += grad[Math.floor(i / 4)]! * line.reduce((product, v) => product * v, 1);
        }
      }),
  },
  {
    op: 'cumsum',
    inputs: [rows],
    run: ([x]) => fg.cumsum(x!, 1),
    reference: ([x]) =>
      new Value(scan.cumsum(x!, 1), [x!], (grad) => {
        for (let i = 0; i < 16; i++) for (let k = i; k < i - (i % 4) + 4; k++) x!.grad[i]! += grad[k]!;
      }),
  },
  {
    op: 'argMin',
    exact: true,
    inputs: [rows],
    run: ([x]) => fg.argMin(x!, 1),
    reference: ([x]) => reduce.argmin(x!, 1),
  },
  ...[true, false].map((largest): SpecialCase => {
    const { indices } = scan.topk(rows, 3, 1, largest);
    return {
      op: 'topk',
      title: largest ? 'largest' : 'smallest',
      inputs: [rows],
      exact: true,
      signs: true,
      run: ([x]) => fg.topk(x!, 3, 1, largest).values,
      reference: ([x]) =>
        taken(
          x!,
          [4, 3],
          [...indices.data].map((at, i) => 4 * Math.floor(i / 3) + at),
        ),
    };
  }),
  ...[true, false].flatMap((descending): SpecialCase[] => {
    const { indices } = scan.topk(rows, 4, 1, descending);
    const places = [...indices.data].map((at, i) => 4 * Math.floor(i / 4) + at);
    const common = { title: descending ? 'descending' : 'ascending', inputs: [rows], exact: true };
    return [
      {
        op: 'sort',
        signs: true,
        run: ([x]) => fg.sort(x!, 1, descending).values,
        reference: ([x]) => taken(x!, [4, 4], places),
        ...common,
      },
      { op: 'argsort', run: ([x]) => fg.argsort(x!, 1, descending), reference: () => indices, ...common },
    ];
  }),
  ...(['variance', 'std'] as const).map(
    (op): SpecialCase => ({
      op,
      inputs: [spread],
      run: ([x]) => fg[op](x!, 1),
      reference: ([x]) => {
        const y = reduce[op](x!, { axes: [1] });
        const center = reduce.mean(x!, { axes: [1] }).data;
        return new Value(y, [x!], (grad) => {
          x!.data.forEach((value, i) => {
            const n = Math.floor(i / 4);
            const slope = op === 'variance' ? 2 : y.data[n] === 0 ? 0 : 1 / y.data[n]!;
            x!.grad[i]! += (grad[n]! * slope * (value - center[n]!)) / 3;
          });
        });
      },
    }),
  ),
  {
    op: 'gather',
    inputs: [row(...SPECIAL)],
    exact: true,
    signs: true,
    run: ([x]) =>
      fg.gather(
        x!,
        0,
        fg.tensor(
          x!.device,
          Uint32Array.from(SPECIAL, (_, i) => SPECIAL.length - 1 - i),
        ),
      ),
    reference: ([x]) =>
      taken(
        x!,
        [SPECIAL.length],
        SPECIAL.map((_, i) => SPECIAL.length - 1 - i),
      ),
  },
  {
    op: 'scatterAdd',
    inputs: [row(1, inf, nan, 2), row(1, -inf, 3, inf, 5)],
    run: ([x, src]) => fg.scatterAdd(x!, 0, fg.tensor(x!.device, Uint32Array.of(0, 1, 2, 3, 0)), src!),
    reference: ([x, src]) =>
      new Value(scan.scatterAdd(x!, 0, row(0, 1, 2, 3, 0), src!), [x!, src!], (grad) => {
        grad.forEach((g, i) => {
          x!.grad[i]! += g;
        });
        [0, 1, 2, 3, 0].forEach((at, i) => {
          src!.grad[i]! += grad[at]!;
        });
      }),
  },
  ...(['stack', 'split', 'chunk'] as const).map(
    (op): SpecialCase => ({
      op,
      inputs: [row(...SPECIAL)],
      exact: true,
      signs: true,
      run: ([x]) =>
        op === 'stack' ? fg.stack([x!, x!]) : op === 'split' ? fg.split(x!, 6)[1]! : fg.chunk(x!, 3)[1]!,
      reference: ([x]) =>
        op === 'stack'
          ? taken(x!, [2, 18], [...SPECIAL.keys(), ...SPECIAL.keys()])
          : taken(x!, [6], [6, 7, 8, 9, 10, 11]),
    }),
  ),
];
