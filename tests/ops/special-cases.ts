// The rows of special-values.test.ts: each op with the inputs that need care and its float64 reference.
import * as fg from '../../src/index.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { from, map, type NdArray, random } from '../reference/array.ts';
import { broadcastOffsets } from '../reference/broadcast.ts';
import * as binary from '../reference/ops/binary.ts';
import { convTranspose2d } from '../reference/ops/convolution.ts';
import * as reduce from '../reference/ops/reduce.ts';
import * as shapes from '../reference/ops/shape.ts';
import { softmax } from '../reference/ops/softmax.ts';
import { type UnaryName, unaryFunctions } from '../reference/ops/unary.ts';
import { poolStrips } from '../reference/special.ts';
import * as tape from '../reference/tape.ts';
import { GRADIENTS, pairs, SPECIAL } from '../support/special-values.ts';
import { LOSS_CASES } from './special-losses.ts';
import { TENSOR_CASES } from './special-tensor.ts';

export interface SpecialCase {
  op: string;
  title?: string;
  /** float64 arrays whose values are float32 exactly */
  inputs: NdArray[];
  run: (inputs: Tensor[]) => Tensor;
  /** a node of the reference tape if the op is differentiable, otherwise the result */
  reference: (inputs: tape.Value[]) => tape.Value | NdArray;
  /** gradient of the result (default 2 everywhere) */
  dy?: ArrayLike<number>;
  /** whether a zero in the result must have the correct sign */
  signs?: boolean;
  /** whether denormals must not be flushed */
  exact?: boolean;
  rtol?: number;
  atol?: number;
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const { Value } = tape;
/** Rows with common fields. */
function onAll(
  shared: Pick<SpecialCase, 'inputs'> & Partial<SpecialCase>,
  list: Omit<SpecialCase, 'inputs'>[],
): SpecialCase[] {
  return list.map((given) => ({ ...shared, ...given }));
}

const row = (...values: number[]): NdArray => from([values.length], values);
const [xs, dys] = pairs(SPECIAL, GRADIENTS);
const [left, right] = pairs(SPECIAL, SPECIAL);
/** Finite numbers with some of them replaced. */
function spoiled(shape: number[], places: Record<number, number>, seed = 1): NdArray {
  return map(random(shape, seed), (value, i) => places[i] ?? value);
}
const labels = (x: Tensor, ...values: number[]) => fg.tensor(x.device, Uint32Array.from(values));

/** A sum or an extremum of rows; each element's share of the gradient by `share`. */
function reduced(
  x: tape.Value,
  out: NdArray,
  share: (value: number, result: number, row: Float64Array) => number,
) {
  const width = x.shape[1]!;
  return new Value(out, [x], (grad) => {
    for (let i = 0; i < x.data.length; i++) {
      const r = Math.floor(i / width);
      x.grad[i]! += grad[r]! * share(x.data[i]!, out.data[r]!, x.data.subarray(r * width, (r + 1) * width));
    }
  });
}
const ofExtremum = (value: number, result: number, list: Float64Array) =>
  (value === result ? 1 : 0) / list.filter((other) => other === result).length;

const rows = from(
  [9, 3],
  [
    ...[1, nan, 2, inf, 1, -inf, inf, 1, inf, -inf, -inf, -inf, -0, 0, -0, nan, inf, nan, 3, 1, 3],
    ...[-3e38, 3e38, 3e38, 1e-40, 0, 1].map(Math.fround),
  ],
);
const softRows = from(
  [7, 3],
  [1, nan, 2, 1, inf, 2, -inf, -inf, -inf, 1, -inf, 2, 3e38, -3e38, 0, 1e-40, -0, 0, 88, -88, 5].map(
    Math.fround,
  ),
);

function softmaxOf(log: boolean, x: tape.Value): tape.Value {
  const p = softmax(x);
  const out = log ? map(p, (_, i) => logOf(x, i)) : p;
  return new Value(out, [x], (grad) => {
    for (let i = 0; i < p.data.length; i++) {
      const first = i - (i % 3);
      const total = [0, 1, 2].reduce((sum, k) => sum + grad[first + k]! * (log ? 1 : p.data[first + k]!), 0);
      x.grad[i]! += log ? grad[i]! - p.data[i]! * total : p.data[i]! * (grad[i]! - total);
    }
  });
}
function logOf(x: NdArray, i: number): number {
  const list = x.data.subarray(i - (i % 3), i - (i % 3) + 3);
  const greatest = Math.max(...list);
  return x.data[i]! - greatest - Math.log(list.reduce((sum, v) => sum + Math.exp(v - greatest), 0));
}

const unary: SpecialCase[] = (Object.keys(unaryFunctions) as UnaryName[]).flatMap((op) => {
  const signs = ['neg', 'abs', 'sqrt', 'relu', 'relu6', 'hardSwish', 'leakyRelu', 'elu', 'tanh'].includes(op);
  const make = (title: string, x: NdArray, dy: NdArray): SpecialCase => ({
    op,
    title,
    inputs: [x],
    run: ([t]) => fg[op](t!),
    reference: ([v]) => tape.apply(op, v!),
    dy: dy.data,
    signs,
  });
  // a count that is not a multiple of four uses another kernel
  return [
    make('four at a time', row(...xs.data, 1, 1), row(...dys.data, 1, 1)),
    make('one at a time', row(...xs.data, 1), row(...dys.data, 1)),
  ];
});

const arithmetic: SpecialCase[] = (
  ['add', 'sub', 'mul', 'div', 'minimum', 'maximum', 'pow'] as const
).flatMap((op) => {
  const make = (title: string, inputs: NdArray[], dy: ArrayLike<number>): SpecialCase => ({
    op,
    title,
    inputs,
    dy,
    run: ([a, b]) => fg[op](a!, b!),
    reference: ([a, b]) => tape.combine(op, a!, b!),
    signs: ['mul', 'div', 'pow'].includes(op),
    // a denormal power may be 0 before it is multiplied
    ...(op === 'pow' && { rtol: 2e-4, atol: 1e-36 }),
  });
  const [p, q] = [from([4, 1], [nan, inf, -0, 1]), row(nan, -inf, 0, -1, 2)];
  return [
    make('flat', [left, right], new Float64Array(left.data.length).fill(2)),
    make('broadcast', [p, q], new Float64Array(20).fill(2)),
    make('gradients', [row(1, 2, 3, 1, 2, 3), row(2, 1, 3, 2, 1, 3)], [nan, nan, nan, inf, inf, -inf]),
  ];
});

const names = {
  equal: 'eq',
  notEqual: 'ne',
  less: 'lt',
  lessEqual: 'le',
  greater: 'gt',
  greaterEqual: 'ge',
} as const;
const compare: SpecialCase[] = (Object.keys(names) as (keyof typeof names)[]).map((op) => ({
  op,
  inputs: [left, right],
  exact: true,
  run: ([a, b]) => fg[op](a!, b!),
  reference: ([a, b]) => binary.compare(names[op], a!, b!),
}));

const toInteger = (low: number, high: number) => (v: number) =>
  Number.isNaN(v) ? 0 : Math.trunc(Math.min(Math.max(v, low), high));
const bounds = row(
  ...SPECIAL,
  2147483520,
  2147483648,
  -2147483648,
  -2147483904,
  4294967040,
  4294967296,
  1e20,
  -2.7,
  2.7,
);
const casts: SpecialCase[] = [
  { op: 'cast', title: 'f32 to i32', low: -(2 ** 31), high: 2 ** 31 - 1, to: 'i32' as const },
  { op: 'cast', title: 'f32 to u32', low: 0, high: 2 ** 32 - 1, to: 'u32' as const },
].map(({ low, high, to, ...named }) => ({
  ...named,
  inputs: [bounds],
  rtol: 0,
  run: ([x]: Tensor[]) => fg.cast(x!, to),
  reference: ([x]: tape.Value[]) => map(x!, toInteger(low, high)),
}));

// results that copy bits
const special = from([3, 6], SPECIAL);
const rearranged = onAll({ inputs: [special], exact: true, signs: true, rtol: 0 }, [
  { op: 'reshape', run: ([x]) => fg.reshape(x!, [6, 3]), reference: ([x]) => tape.reshape(x!, [6, 3]) },
  { op: 'flatten', run: ([x]) => fg.flatten(x!), reference: ([x]) => tape.reshape(x!, [3, 6]) },
  {
    op: 'slice',
    run: ([x]) => fg.slice(x!, [0, 1], [3, 5]),
    reference: ([x]) => tape.slice(x!, [0, 1], [3, 5]),
  },
  { op: 'concat', run: ([x]) => fg.concat([x!, x!], 0), reference: ([x]) => tape.concat([x!, x!], 0) },
  { op: 'permute', run: ([x]) => fg.permute(x!, [1, 0]), reference: ([x]) => turned(x!) },
  { op: 'transpose', run: ([x]) => fg.transpose(x!, 0, 1), reference: ([x]) => turned(x!) },
  {
    op: 'flip',
    run: ([x]) => fg.flip(x!, [0, 1]),
    reference: ([x]) =>
      gathered(
        x!,
        [3, 6],
        Array.from({ length: 18 }, (_, i) => 17 - i),
      ),
  },
  {
    op: 'channelShuffle',
    run: ([x]) => fg.channelShuffle(x!, 2),
    reference: ([x]) =>
      gathered(
        x!,
        [3, 6],
        Array.from({ length: 18 }, (_, i) => i - (i % 6) + Math.floor((i % 6) / 2) + (i % 2) * 3),
      ),
  },
  {
    op: 'interpolate',
    run: ([x]) => fg.reshape(fg.interpolate(fg.reshape(x!, [1, 3, 6, 1]), { size: [3, 6] }), [3, 6]),
    reference: ([x]) => tape.reshape(x!, [3, 6]),
  },
  { op: 'mT', run: ([x]) => fg.mT(x!), reference: ([x]) => turned(x!) },
  {
    op: 'pad',
    run: ([x]) =>
      fg.pad(x!, [
        [1, 0],
        [0, 2],
      ]),
    reference: ([x]) =>
      shapes.pad(x!, [
        [1, 0],
        [0, 2],
      ]),
  },
  {
    op: 'expand',
    run: ([x]) => fg.expand(x!, [2, 3, 6]),
    reference: ([x]) => gathered(x!, [2, 3, 6], broadcastOffsets(x!.shape, [2, 3, 6])),
  },
  {
    op: 'gatherRows',
    run: ([x]) => fg.gatherRows(x!, labels(x!, 2, 0)),
    reference: ([x]) => gathered(x!, [2, 6], [12, 13, 14, 15, 16, 17, 0, 1, 2, 3, 4, 5]),
  },
  {
    op: 'where',
    run: ([x]) => fg.where(fg.greater(x!, 0), x!, 7),
    reference: ([x]) =>
      new Value(
        map(x!, (v) => (v > 0 ? v : 7)),
        [x!],
        (grad) =>
          grad.forEach((g, i) => {
            x!.grad[i]! += x!.data[i]! > 0 ? g : 0;
          }),
      ),
  },
  {
    op: 'where',
    title: 'that finds NaN',
    run: ([x]) => fg.where(fg.notEqual(x!, x!), 0, x!),
    reference: ([x]) => map(x!, (v) => (Number.isNaN(v) ? 0 : v)),
  },
]);

function gathered(x: tape.Value, shape: number[], from_: ArrayLike<number>): tape.Value {
  const data = Float64Array.from(from_, (source) => x.data[source]!);
  return new Value({ shape, data }, [x], (grad) => {
    for (let i = 0; i < data.length; i++) x.grad[from_[i]!]! += grad[i]!;
  });
}
function turned(x: tape.Value): tape.Value {
  const [height, width] = x.shape as [number, number];
  const from_ = Array.from(x.data, (_, i) => (i % height) * width + Math.floor(i / height));
  return gathered(x, [width, height], from_);
}

const sums = onAll({ inputs: [rows] }, [
  {
    op: 'sum',
    run: ([x]) => fg.sum(x!, 1),
    reference: ([x]) => reduced(x!, reduce.sum(x!, { axes: [1] }), () => 1),
  },
  {
    op: 'mean',
    run: ([x]) => fg.mean(x!, 1),
    reference: ([x]) => reduced(x!, reduce.mean(x!, { axes: [1] }), () => 1 / 3),
  },
  {
    op: 'max',
    run: ([x]) => fg.max(x!, 1),
    reference: ([x]) => reduced(x!, reduce.max(x!, { axes: [1] }), ofExtremum),
  },
  {
    op: 'min',
    run: ([x]) => fg.min(x!, 1),
    reference: ([x]) => reduced(x!, reduce.min(x!, { axes: [1] }), ofExtremum),
  },
  { op: 'argMax', exact: true, run: ([x]) => fg.argMax(x!, 1), reference: ([x]) => reduce.argmax(x!, 1) },
]);

const long = spoiled([1000], { 700: nan });
const longRows: SpecialCase[] = (['sum', 'mean', 'max', 'min'] as const).map((op) => ({
  op,
  title: 'in two levels',
  inputs: [long],
  run: ([x]) => fg[op](x!),
  reference: () => from([], [nan]),
}));

const soft: SpecialCase[] = (
  [
    ['softmax', false],
    ['logSoftmax', true],
  ] as const
).map(([op, log]) => ({
  op,
  inputs: [softRows],
  run: ([x]) => fg[op](x!),
  reference: ([x]) => softmaxOf(log, x!),
  dy: softRows.data.map((_, i) => i % 4),
}));

// one NaN or infinity among the pixels of images, wide (four channels at a time) and narrow
const images = [8, 5].flatMap((channels) =>
  [nan, inf, -inf].map((bad) => ({
    title: `${bad}, ${channels} channels`,
    channels,
    x: spoiled([2, 5, 6, channels], { [16 * channels + 1]: bad, [40 * channels + 2]: bad }),
    bad,
  })),
);

const pools: SpecialCase[] = images.flatMap(({ title, channels, x }) =>
  [
    {
      op: 'globalAvgPool',
      run: ([t]: Tensor[]) => fg.globalAvgPool(t!),
      reference: ([v]: tape.Value[]) => tape.globalAvgPool(v!),
    },
    {
      op: 'avgPool2d',
      run: ([t]: Tensor[]) => fg.avgPool2d(t!, { kernelSize: 3, padding: 1, stride: 1 }),
      reference: ([v]: tape.Value[]) =>
        tape.avgPool2d(v!, { kernel: [3, 3], padding: [1, 1], stride: [1, 1] }),
    },
    {
      op: 'maxPool2d',
      run: ([t]: Tensor[]) => fg.maxPool2d(t!, { kernelSize: 3, padding: 1, stride: 1 }),
      reference: ([v]: tape.Value[]) =>
        tape.maxPool2d(v!, { kernel: [3, 3], padding: [1, 1], stride: [1, 1] }),
    },
    {
      op: 'adaptiveAvgPool2d',
      run: ([t]: Tensor[]) => fg.adaptiveAvgPool2d(t!, [2, 4]),
      reference: ([v]: tape.Value[]) => tape.adaptiveAvgPool2d(v!, [2, 4]),
    },
    {
      op: 'adaptiveMaxPool2d',
      run: ([t]: Tensor[]) => fg.adaptiveMaxPool2d(t!, [2, 4]),
      reference: ([v]: tape.Value[]) => tape.adaptiveMaxPool2d(v!, [2, 4]),
    },
    ...(['avg', 'max', 'both'] as const).flatMap((kind) =>
      (['width', 'height'] as const).map((axis) => ({
        op: 'axisPool',
        name: `${kind} over the ${axis}`,
        run: ([t]: Tensor[]) => fg.axisPool(t!, axis, kind),
        reference: ([v]: tape.Value[]) => poolStrips(v!, axis, kind),
      })),
    ),
    ...(['avg', 'max', 'complementary'] as const).map((kind) => ({
      op: 'coordinatePool',
      name: kind,
      run: ([t]: Tensor[]) => fg.coordinatePool(t!, kind),
      reference: ([v]: tape.Value[]) => {
        const pooled = kind === 'complementary' ? 'both' : kind;
        const flat = (axis: 'width' | 'height', n: number) =>
          tape.reshape(poolStrips(v!, axis, pooled), [2, n, 1, channels]);
        return tape.concat([flat('width', 5), flat('height', 6)], 1);
      },
    })),
  ].map(({ name, ...given }: Omit<SpecialCase, 'inputs'> & { name?: string }) => ({
    ...given,
    title: name ? `${name}, ${title}` : title,
    inputs: [x],
  })),
);

// conv2d and the matrix products have a kernel for each of these forms
const convolutions: SpecialCase[] = [
  [8, 8, 1],
  [5, 3, 1],
  [8, 8, 3],
  [3, 5, 3],
].flatMap(([inputs, outputs, kernel]) =>
  [nan, inf].flatMap((bad) => {
    const padding = (kernel! - 1) / 2;
    const x = [2, 5, 6, inputs!];
    const w = [kernel!, kernel!, inputs!, outputs!];
    const finite = { x: random(x, 1), w: random(w, 2), bias: random([outputs!], 3) };
    const make = (title: string, given: Partial<typeof finite>, dy?: NdArray): SpecialCase => ({
      op: 'conv2d',
      title: `${kernel} x ${kernel}, ${inputs} to ${outputs} channels, ${bad} in ${title}`,
      inputs: Object.values({ ...finite, ...given }),
      run: ([p, q, b]) => fg.conv2d(p!, q!, b!, { padding }),
      reference: ([p, q, b]) => tape.conv2d(p!, q!, { padding: [padding, padding] }, b!),
      ...(dy && { dy: dy.data }),
    });
    // away from the edge, where a zero of the padding may be multiplied by it
    const pixel = (channels: number) => ({ [(2 * 6 + 3) * channels]: bad });
    return [
      make('x', { x: spoiled(x, pixel(inputs!), 1) }),
      make('the bias', { bias: spoiled([outputs!], { 1: bad }, 3) }),
      make('dy', {}, spoiled([2, 5, 6, outputs!], pixel(outputs!), 4)),
      ...(kernel === 1 ? [make('the weight', { w: spoiled(w, { 2: bad }, 2) })] : []),
    ];
  }),
);

const depthwise: SpecialCase[] = [8, 5].flatMap((channels) =>
  [nan, inf].flatMap((bad) => {
    const finite = {
      x: random([2, 6, 6, channels], 1),
      w: random([3, 3, channels], 2),
      bias: random([channels], 3),
    };
    const pixel = { [(2 * 6 + 3) * channels]: bad };
    const make = (title: string, given: Partial<typeof finite>, dy?: NdArray): SpecialCase => ({
      op: 'depthwiseConv2d',
      title: `${channels} channels, ${bad} in ${title}`,
      inputs: Object.values({ ...finite, ...given }),
      run: ([p, q, b]) => fg.depthwiseConv2d(p!, q!, b!, { padding: 1 }),
      reference: ([p, q, b]) => tape.depthwiseConv2d(p!, q!, { padding: [1, 1] }, b!),
      ...(dy && { dy: dy.data }),
    });
    return [
      make('x', { x: spoiled([2, 6, 6, channels], pixel, 1) }),
      // the corner and the last pixel are under fewer taps than the others
      make('the corner of x', { x: spoiled([2, 6, 6, channels], { 0: bad, [71 * channels + 1]: -bad }, 1) }),
      make('the weight', { w: spoiled([3, 3, channels], { [4 * channels]: bad }, 2) }),
      make('dy', {}, spoiled([2, 6, 6, channels], pixel, 4)),
      make('the corner of dy', {}, spoiled([2, 6, 6, channels], { 0: bad, [71 * channels + 1]: bad }, 4)),
    ];
  }),
);

// stride 2, so that no tap of the kernel falls on a zero between pixels
const transposed: SpecialCase[] = [8, 3].flatMap((channels) =>
  [nan, inf].map(
    (bad): SpecialCase => ({
      op: 'convTranspose2d',
      title: `${channels} channels, ${bad} in x`,
      inputs: [spoiled([1, 3, 3, channels], { [4 * channels]: bad }, 1), random([2, 2, 4, channels], 2)],
      run: ([x, w]) => fg.convTranspose2d(x!, w!, null, { stride: 2 }),
      reference: ([x, w]) => convTranspose2d(x!, w!, { stride: [2, 2] }),
    }),
  ),
);

const products: SpecialCase[] = [nan, inf, -inf].flatMap((bad) =>
  [
    [3, 5, 7],
    [40, 8, 16],
  ].flatMap(([n, inner, columns]) => {
    const title = `${bad}, ${n} x ${inner} x ${columns}`;
    const inputs = [spoiled([n!, inner!], { 6: bad }, 1), spoiled([inner!, columns!], { 3: bad }, 2)];
    const bias = spoiled([columns!], { 2: bad }, 3);
    return [
      {
        op: 'matmul',
        title,
        inputs,
        run: ([a, b]: Tensor[]) => fg.matmul(a!, b!),
        reference: ([a, b]: tape.Value[]) => tape.linear(a!, b!),
      },
      {
        op: 'linear',
        title,
        inputs: [...inputs, bias],
        run: ([a, b, c]: Tensor[]) => fg.linear(a!, b!, c!),
        reference: ([a, b, c]: tape.Value[]) => tape.linear(a!, b!, c!),
      },
    ];
  }),
);

const norm = { eps: 1e-5, momentum: 0.1 };
const norms: SpecialCase[] = [8, 5].flatMap((channels) =>
  (['none', 'relu', 'relu6', 'hardSwish', 'sigmoid', 'hardSigmoid', 'silu'] as const).flatMap((activation) =>
    [true, false].flatMap((training) =>
      [nan, inf].map(
        (bad): SpecialCase => ({
          op: 'batchNorm',
          title: `${activation}, training ${training}, ${channels} channels, ${bad}`,
          inputs: [
            spoiled([2, 3, 3, channels], { [4 * channels + 1]: bad, [7 * channels + 2]: -bad }),
            random([channels], 2, 1, 2),
            random([channels], 3),
          ],
          run: ([x, gamma, beta]) => {
            const running = {
              mean: fg.zeros(x!.device, [channels]),
              variance: fg.ones(x!.device, [channels]),
            };
            return fg.batchNorm(x!, gamma!, beta!, running, { ...norm, training, activation });
          },
          reference: ([x, gamma, beta]) =>
            tape.batchNorm(x!, gamma!, beta!, { ...norm, mode: training ? 'train' : 'eval', activation })
              .output,
        }),
      ),
    ),
  ),
);

const groupNorms: SpecialCase[] = [8, 6].flatMap((channels) =>
  [nan, inf, -inf].flatMap((bad): SpecialCase[] => {
    const title = `${bad}, ${channels} channels`;
    const inputs = [
      spoiled([2, 2, 3, channels], { [3 * channels + 1]: bad }),
      random([channels], 2, 1, 2),
      random([channels], 3),
    ];
    return [
      {
        op: 'groupNorm',
        title,
        inputs,
        run: ([x, w, b]) => fg.groupNorm(x!, 2, w!, b!),
        reference: ([x, w, b]) => tape.groupNorm(x!, 2, w!, b!),
      },
      {
        op: 'layerNorm',
        title,
        inputs,
        run: ([x, w, b]) => fg.layerNorm(x!, channels, w!, b!),
        reference: ([x, w, b]) => tape.layerNorm(x!, 1, w!, b!),
      },
    ];
  }),
);

const gates: SpecialCase[] = [8, 5].flatMap((channels) =>
  [nan, inf, -inf].flatMap((bad): SpecialCase[] => {
    const title = `${bad}, ${channels} channels`;
    const x = spoiled([1, 2, 3, channels], { 2: bad });
    return [
      ...(['sigmoid', 'hardSigmoid'] as const).map(
        (kind): SpecialCase => ({
          op: 'channelGate',
          title: `${kind}, ${title}`,
          inputs: [x, spoiled([1, 1, 1, channels], { 1: bad, 3: -bad }, 2)],
          run: ([t, g]) => fg.channelGate(t!, g!, kind),
          reference: ([t, g]) => tape.mul(t!, tape.apply(kind, g!)),
        }),
      ),
      {
        op: 'coordinateGate',
        title,
        inputs: [x, spoiled([1, 5, 1, 4], { 9: bad }, 2), random([4, channels], 3), random([channels], 4)],
        run: ([t, s, weight, bias]) =>
          fg.coordinateGate(t!, s!, { weight: weight!, bias: bias! }, { weight: weight!, bias: bias! }),
        reference: ([t, s, weight, bias]) => {
          const gate = tape.sigmoid(tape.linear(tape.reshape(s!, [5, 4]), weight!, bias!));
          const byRow = tape.reshape(tape.slice(gate, [0, 0], [2, channels]), [1, 2, 1, channels]);
          const byColumn = tape.reshape(tape.slice(gate, [2, 0], [5, channels]), [1, 1, 3, channels]);
          return tape.mul(tape.mul(t!, byRow), byColumn);
        },
      },
    ];
  }),
);

const classes = [0, 2];
const losses: SpecialCase[] = [
  ...[nan, inf].map(
    (bad): SpecialCase => ({
      op: 'crossEntropy',
      title: `${bad}`,
      inputs: [spoiled([2, 3], { 4: bad })],
      run: ([z]) => fg.crossEntropy(z!, labels(z!, ...classes)),
      reference: () => from([], [nan]),
    }),
  ),
  {
    op: 'crossEntropy',
    title: 'a logit of -Infinity that nobody wants',
    inputs: [from([2, 3], [1, -inf, 2, -0, 0, 3])],
    run: ([z]) => fg.crossEntropy(z!, labels(z!, ...classes)),
    reference: ([z]) => tape.crossEntropy(z!, classes),
    dy: [1],
  },
  ...[nan, inf].map(
    (bad): SpecialCase => ({
      op: 'centerLoss',
      title: `${bad}`,
      inputs: [spoiled([2, 4], { 5: bad })],
      run: ([f]) => fg.centerLoss(f!, labels(f!, ...classes), fg.zeros(f!.device, [3, 4]), 'learned'),
      reference: ([f]) =>
        tape.centerLoss(f!, classes, from([3, 4], new Float64Array(12)), { kind: 'learned' }),
      dy: [1],
    }),
  ),
];

const others: SpecialCase[] = [
  {
    op: 'dropout',
    title: 'of nothing',
    inputs: [row(...SPECIAL)],
    run: ([x]) => fg.dropout(x!, 0, labels(x!, 1, 0, 0, 0)),
    reference: ([x]) => tape.mul(x!, new Value(map(x!, () => 1))),
    signs: true,
  },
  {
    op: 'dropout',
    title: 'of half, where NaN stays NaN',
    inputs: [map(row(...SPECIAL), () => nan)],
    run: ([x]) => fg.dropout(x!, 0.5, labels(x!, 1, 0, 0, 0)),
    reference: ([x]) => map(x!, () => nan),
  },
  {
    op: 'oneHot',
    inputs: [row(0)],
    run: ([x]) => fg.oneHot(labels(x!, 1, 4294967295), 3),
    reference: () => from([2, 3], [0, 1, 0, 0, 0, 0]),
  },
];

export const SPECIAL_CASES: SpecialCase[] = [
  ...unary,
  ...arithmetic,
  ...compare,
  ...casts,
  ...rearranged,
  ...sums,
  ...longRows,
  ...soft,
  ...pools,
  ...[...convolutions, ...depthwise, ...transposed, ...products, ...norms, ...groupNorms, ...gates].map(
    (given) => ({
      ...given,
      atol: 1e-5,
    }),
  ),
  ...losses,
  ...LOSS_CASES,
  ...TENSOR_CASES,
  ...others,
];
