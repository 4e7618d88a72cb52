import type { Device } from '../../src/gpu/device.ts';
import * as fg from '../../src/index.ts';

/**
 * Calls of every op, with operands that require gradients and, if the op accepts them, numbers and broadcasting.
 * `onLeaf` receives each operand that requires a gradient.
 */
export function callsOn(
  device: Device,
  onLeaf: (leaf: fg.Tensor) => void = () => {},
): Record<string, (() => fg.Tensor)[]> {
  const leaf = (...shape: number[]) => {
    const x = fg.rand(device, shape, { seed: shape.length, low: 0.5 });
    x.requiresGrad = true;
    onLeaf(x);
    return x;
  };
  const zeros = (...shape: number[]) => fg.zeros(device, shape);
  const [x, v, w, row, bias] = [leaf(2, 6, 6, 8), leaf(5, 7), leaf(5, 7), leaf(7), leaf(8)];
  const labels = fg.tensor(device, Uint32Array.of(0, 3, 1, 2, 4));
  const soft = fg.tensor(device, new Float32Array(35).fill(1 / 7), { shape: [5, 7] });
  const where = fg.greater(v, 0.7);
  const running = { mean: zeros(8), variance: fg.ones(device, [8]) };
  const norm = { eps: 1e-5, momentum: 0.1, activation: 'relu' as const };
  const gate = { weight: leaf(4, 8), bias };
  const counter = fg.tensor(device, Uint32Array.of(1, 0, 0, 0));
  const tall = leaf(1, 40, 40, 8); // batch norm of many rows sums in two passes
  const [long, four] = [leaf(300), leaf(4)];
  const places = fg.tensor(device, Uint32Array.of(0, 3, 1, 2, 4, 0), { shape: [3, 2] });
  const firstOf = ([first, ...rest]: fg.Tensor[]) => {
    for (const tensor of rest) tensor.dispose();
    return first as fg.Tensor;
  };
  const [kernel, depthwise, narrow, gates] = [leaf(3, 3, 8, 4), leaf(3, 3, 8), leaf(7, 3), leaf(2, 1, 1, 8)];
  const turned = leaf(2, 2, 4, 8);
  const [strips, centers] = [leaf(2, 12, 1, 4), leaf(7, 7)];
  const two = (op: (a: fg.Operand, b: fg.Operand) => fg.Tensor) => [
    () => op(v, w),
    () => op(v, 2),
    () => op(2, v),
    () => op(row, v),
  ];
  const one = (op: (x: fg.Tensor) => fg.Tensor) => [() => op(v)];
  const { add, sub, mul, div, pow, minimum, maximum } = fg;
  const { equal, notEqual, less, lessEqual, greater, greaterEqual } = fg;
  const binary = { add, sub, mul, div, pow, minimum, maximum };
  const compare = { equal, notEqual, less, lessEqual, greater, greaterEqual };
  const { abs, exp, hardSigmoid, hardSwish, log, neg, relu, relu6, sigmoid, sqrt, softmax, logSoftmax } = fg;
  const unary = {
    abs,
    exp,
    hardSigmoid,
    hardSwish,
    log,
    neg,
    relu,
    relu6,
    sigmoid,
    sqrt,
    softmax,
    logSoftmax,
    ...{ tanh: fg.tanh, silu: fg.silu, elu: fg.elu, softplus: fg.softplus },
    ...{ gelu: (t: fg.Tensor) => fg.gelu(t), leakyRelu: (t: fg.Tensor) => fg.leakyRelu(t) },
  };
  const { sum, mean, variance, std, max, min, mT, sign, floor, ceil, round, sin, cos } = fg;
  return {
    ...Object.fromEntries(Object.entries({ ...binary, ...compare }).map(([name, op]) => [name, two(op)])),
    ...Object.fromEntries(
      Object.entries({
        ...unary,
        sum,
        mean,
        variance,
        std,
        max,
        min,
        mT,
        sign,
        floor,
        ceil,
        round,
        sin,
        cos,
      }).map(([name, op]) => [name, one(op)]),
    ),
    transpose: [() => fg.transpose(x, 0, -1)],
    axisPool: [() => fg.axisPool(x, 'width', 'both'), () => fg.axisPool(x, 'height', 'avg')],
    batchNorm: [x, tall].flatMap((input) =>
      [true, false].map(
        (training) => () => fg.batchNorm(input, bias, bias, running, { ...norm, training, residual: input }),
      ),
    ),
    cast: [() => fg.cast(where, 'f32')],
    centerLoss: [() => fg.centerLoss(v, labels, centers, 'learned')],
    channelGate: [() => fg.channelGate(x, gates, 'sigmoid')],
    channelShuffle: [() => fg.channelShuffle(x, 2)],
    flip: [() => fg.flip(v, [0, 1])],
    interpolate: [
      () => fg.interpolate(x, { scaleFactor: 1.5 }),
      () => fg.interpolate(x, { size: 4, mode: 'bilinear' }),
    ],
    concat: [() => fg.concat([v, w], 0)],
    conv2d: [() => fg.conv2d(x, kernel, null, { padding: 1 })],
    convTranspose2d: [() => fg.convTranspose2d(x, turned, four, { stride: 2 })],
    coordinateGate: [() => fg.coordinateGate(x, strips, gate, gate)],
    coordinatePool: [() => fg.coordinatePool(x, 'complementary')],
    crossEntropy: [
      () => fg.crossEntropy(v, labels, { labelSmoothing: 0.1, weight: row }),
      () => fg.crossEntropy(v, soft),
    ],
    depthwiseConv2d: [() => fg.depthwiseConv2d(x, depthwise, bias, { padding: 1 })],
    dropout: [() => fg.dropout(v, 0.5, counter)],
    expand: [() => fg.expand(row, [5, 7])],
    mseLoss: [() => fg.mseLoss(v, w)],
    l1Loss: [() => fg.l1Loss(v, w, { reduction: 'sum' })],
    smoothL1Loss: [() => fg.smoothL1Loss(v, w, { reduction: 'none' })],
    binaryCrossEntropyWithLogits: [
      () => fg.binaryCrossEntropyWithLogits(v, w, { weight: row, posWeight: row }),
    ],
    klDiv: [() => fg.klDiv(v, w, { reduction: 'batchmean' }), () => fg.klDiv(v, w, { logTarget: true })],
    gatherRows: [() => fg.gatherRows(v, labels)],
    globalAvgPool: [() => fg.globalAvgPool(x)],
    groupNorm: [() => fg.groupNorm(x, 2, bias, bias)],
    layerNorm: [() => fg.layerNorm(v, 7, row, row)],
    linear: [() => fg.linear(v, narrow)],
    matmul: [() => fg.matmul(v, narrow)],
    oneHot: [() => fg.oneHot(labels, 7)],
    pad: [
      () =>
        fg.pad(v, [
          [1, 0],
          [0, 1],
        ]),
      () =>
        fg.pad(
          v,
          [
            [1, 0],
            [0, 2],
          ],
          { mode: 'reflect' },
        ),
    ],
    permute: [() => fg.permute(v, [1, 0])],
    maxPool2d: [() => fg.maxPool2d(x, { kernelSize: 2 })],
    avgPool2d: [() => fg.avgPool2d(x, { kernelSize: 2 })],
    adaptiveMaxPool2d: [() => fg.adaptiveMaxPool2d(x, [4, 2])],
    adaptiveAvgPool2d: [() => fg.adaptiveAvgPool2d(x, 4)],
    argMax: [() => fg.argMax(v, 1)],
    argMin: [() => fg.argMin(v, 1)],
    clamp: [() => fg.clamp(v, 0.6, 0.9)],
    cumsum: [() => fg.cumsum(v, 0), () => fg.cumsum(long, 0)],
    prod: [() => fg.prod(v, 0), () => fg.prod(x, [0, 2])],
    sort: [
      () => {
        const { values, indices } = fg.sort(v);
        indices.dispose();
        return values;
      },
    ],
    argsort: [() => fg.argsort(v, 0), () => fg.argsort(x, 1, true)],
    topk: [
      () => {
        const { values, indices } = fg.topk(v, 2);
        indices.dispose();
        return values;
      },
    ],
    gather: [() => fg.gather(v, 1, places), () => fg.gather(v, 0, places)],
    scatterAdd: [() => fg.scatterAdd(v, 1, places, w), () => fg.scatterAdd(v, 0, places, w)],
    stack: [() => fg.stack([v, w], 1)],
    split: [() => firstOf(fg.split(v, 2))],
    chunk: [() => firstOf(fg.chunk(v, 3, 1))],
    reshape: [() => fg.reshape(v, [35])],
    slice: [() => fg.slice(v, [0, 0], [2, 3])],
    where: [() => fg.where(where, v, 0), () => fg.where(where, row, v), () => fg.where(where, 1, 0)],
  };
}
