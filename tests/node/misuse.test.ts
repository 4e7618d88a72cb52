// Common misuses of the public API. Each must throw an Error that begins with the name of what was
// called and states the problem, instead of a raw TypeError of the engine or no error at all.
import { expect, test } from 'vitest';
import * as data from '../../src/data/index.ts';
import * as root from '../../src/index.ts';
import { testDevice } from '../support/device.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

type Loose = (...args: unknown[]) => unknown;
type LooseClass = new (...args: unknown[]) => Record<string, Loose>;

const fg = { ...root, ...data } as unknown as Record<string, Loose>;
const at = fg as unknown as Record<string, LooseClass>;
/** A method of an object with arguments of any type. */
const on = (target: object, method: string, ...args: unknown[]): unknown =>
  (target as Record<string, Loose>)[method]!(...args);
const call = (name: string, ...args: unknown[]): unknown => (fg[name] as Loose)(...args);
const make = (name: string, ...args: unknown[]): object => new (at[name] as LooseClass)(...args);

const device = await testDevice();
const later = Promise.resolve(device);
const x = root.tensor(device, [
  [1, 2],
  [3, 4],
]);
const u = root.tensor(device, new Uint32Array([0, 1]));
const images = root.zeros(device, [1, 4, 4, 4]);
const kernel = root.zeros(device, [3, 3, 4, 4]);
const depthwise = root.zeros(device, [3, 3, 4]);
const logits = root.zeros(device, [2, 3]);
const vector = root.zeros(device, [4]);
const running = { mean: vector, variance: vector };
const norm = { training: false, eps: 1e-5, momentum: 0.1, activation: 'none' };
const gone = root.ones(device, [2]);
gone.dispose();
const model = new root.Sequential(new root.Flatten(), new root.Linear(12, 2)).to(device);
const network = new root.FerMobileNetV3();
const source = tinyPictures(4);
const picture = { width: 2, height: 2, channels: 1, data: new Uint8Array(4), name: 'a' };
const pair = { pictures: [picture, picture], classNames: ['a', 'b'] };
const photo = { width: 2, height: 2, data: new Uint8Array(12) };

class Held extends root.Module {
  held: unknown;
  constructor(held: unknown) {
    super();
    this.held = held;
  }
  forward(input: root.Tensor): root.Tensor {
    return input;
  }
  outputShape(input: root.Shape): root.Shape {
    return input;
  }
}

class Private extends Held {
  readonly #layer = new root.Linear(2, 2);
  override forward(input: root.Tensor): root.Tensor {
    return this.#layer.call(input);
  }
}

const UNARY = [
  'neg',
  'exp',
  'log',
  'sqrt',
  'abs',
  'relu',
  'relu6',
  'sigmoid',
  'hardSigmoid',
  'hardSwish',
].concat(['sign', 'floor', 'ceil', 'round', 'sin', 'cos']);
const BINARY = ['add', 'sub', 'mul', 'div', 'pow', 'minimum', 'maximum', 'equal', 'less', 'greaterEqual'];
const REDUCE = ['sum', 'mean', 'max', 'min', 'prod'];
const LAYERS = ['Conv2d', 'Linear', 'ConvNormActivation'];

const WRONG: [string, () => unknown][] = [
  // operands
  ...UNARY.flatMap((name): [string, () => unknown][] => [
    [`${name}(undefined)`, () => call(name)],
    [`${name}([1, 2])`, () => call(name, [1, 2])],
  ]),
  ...BINARY.flatMap((name): [string, () => unknown][] => [
    [`${name}(x, undefined)`, () => call(name, x)],
    [`${name}(null, x)`, () => call(name, null, x)],
    [`${name}(x, '2')`, () => call(name, x, '2')],
    [`${name}(1, 2)`, () => call(name, 1, 2)],
  ]),
  ...REDUCE.flatMap((name): [string, () => unknown][] => [
    [`${name}()`, () => call(name)],
    [`${name}(x, '0')`, () => call(name, x, '0')],
    [`${name}(x, { axis: 0 })`, () => call(name, x, { axis: 0 })],
    [`${name}(x, 5)`, () => call(name, x, 5)],
    [`${name}(x, 0, { keepDims: true })`, () => call(name, x, 0, { keepDims: true })],
  ]),
  ['add of a disposed tensor', () => call('add', gone, 1)],
  ['add of a Promise', () => call('add', Promise.resolve(x), 1)],
  ['add of a Parameter', () => call('add', new root.Linear(2, 2).to(device).weight, 1)],
  ['add(true, x)', () => call('add', true, x)],
  ['add(x, 1n)', () => call('add', x, 1n)],
  ['add beyond f32', () => call('add', x, 1e39)],
  ['add of f32 and u32', () => call('add', root.ones(device, [2]), u)],
  ['mul(u32, 0.5)', () => call('mul', u, 0.5)],
  ['softmax()', () => call('softmax')],
  ['logSoftmax(u32)', () => call('logSoftmax', u)],
  ['argMax(x, null)', () => call('argMax', x, null)],
  ['argMin(x, 0, 1)', () => call('argMin', x, 0, 1)],
  ['clamp(x)', () => call('clamp', x)],
  ["clamp(x, '0')", () => call('clamp', x, '0')],
  ['clamp(x, { min: 0 })', () => call('clamp', x, { min: 0 })],
  ['clamp(u32, 0.5)', () => call('clamp', u, 0.5)],
  ['cumsum without an axis', () => call('cumsum', x)],
  ['topk without k', () => call('topk', x)],
  ['topk(x, 0)', () => call('topk', x, 0)],
  ['topk(x, 3)', () => call('topk', x, 3)],
  ['split(x)', () => call('split', x)],
  ['split into [1, 2]', () => call('split', x, [1, 2])],
  ['split into [2, 0]', () => call('split', x, [2, 0])],
  ['chunk(x, 0)', () => call('chunk', x, 0)],
  ['stack(x)', () => call('stack', x)],
  ['stack([])', () => call('stack', [])],
  ['gather with an f32 index', () => call('gather', x, 0, x)],
  ['gather without an index', () => call('gather', x, 0)],
  ['scatterAdd without src', () => call('scatterAdd', x, 0, u)],
  ['slice by a step of 0', () => call('slice', x, [0, 0], [2, 2], [0, 1])],
  ['softmax along axis 2', () => call('softmax', x, 2)],
  ["argMax(x, 'last')", () => call('argMax', x, 'last')],
  ['where with an f32 condition', () => call('where', x, 1, 2)],
  ['where without a condition', () => call('where', undefined, x, x)],
  ['where with a boolean', () => call('where', true, x, x)],
  ['reshape(x, 4)', () => call('reshape', x, 4)],
  ['reshape(x)', () => call('reshape', x)],
  ['reshape(undefined)', () => call('reshape', undefined, [4])],
  ['reshape to fractions', () => call('reshape', x, [1.5, -1])],
  ['reshape to NaN', () => call('reshape', x, [Number.NaN, 4])],
  ["reshape(x, ['2', 2])", () => call('reshape', x, ['2', 2])],
  ['flatten()', () => call('flatten')],
  ['permute(x, 1, 0)', () => call('permute', x, 1, 0)],
  ['permute(x)', () => call('permute', x)],
  ['transpose(x) without axes', () => call('transpose', x)],
  ['transpose(x, [0, 1])', () => call('transpose', x, [0, 1])],
  ['mT of one axis', () => call('mT', vector)],
  ['mT()', () => call('mT')],
  ['slice(x, 0, 1)', () => call('slice', x, 0, 1)],
  ['slice(x, [0, 0])', () => call('slice', x, [0, 0])],
  ['slice()', () => call('slice')],
  ['concat(x, x)', () => call('concat', x, x)],
  ['concat([x, x])', () => call('concat', [x, x])],
  ['concat([x, undefined], 0)', () => call('concat', [x, undefined], 0)],
  ['pad(x, 1)', () => call('pad', x, 1)],
  ['pad(x, [1, 1])', () => call('pad', x, [1, 1])],
  [
    "pad with the value 'a'",
    () =>
      call(
        'pad',
        x,
        [
          [0, 0],
          [0, 0],
        ],
        'a',
      ),
  ],
  ['expand(x, 4)', () => call('expand', x, 4)],
  ['expand to a negative size', () => call('expand', x, [-1, 2, 2])],
  ["cast(x, 'float32')", () => call('cast', x, 'float32')],
  ['cast(x)', () => call('cast', x)],
  ["cast([1], 'f32')", () => call('cast', [1], 'f32')],
  ['matmul(x)', () => call('matmul', x)],
  ['matmul of a scalar', () => call('matmul', root.tensor(device, 2), vector)],
  ['matmul(x, number)', () => call('matmul', x, 2)],
  ['linear(x, w, options)', () => call('linear', x, x, { bias: false })],
  ['linear(x, weight of a layer)', () => call('linear', x, new root.Linear(2, 2))],
  ['oneHot(f32, 2)', () => call('oneHot', x, 2)],
  ['oneHot(u)', () => call('oneHot', u)],
  ['oneHot(u, -1)', () => call('oneHot', u, -1)],
  ['oneHot([0, 1], 2)', () => call('oneHot', [0, 1], 2)],
  ['gatherRows(x, [0])', () => call('gatherRows', x, [0])],
  ['gatherRows(x, f32)', () => call('gatherRows', x, vector)],
  ['dropout(x, 1.5, state)', () => call('dropout', x, 1.5, root.zeros(device, [4], 'u32'))],
  ['dropout(x, 0.5)', () => call('dropout', x, 0.5)],
  ['dropout(x)', () => call('dropout', x)],
  // images
  ['conv2d(images)', () => call('conv2d', images)],
  ['conv2d(images, kernel, options)', () => call('conv2d', images, kernel, { stride: 2 })],
  ["conv2d with padding: 'SAME'", () => call('conv2d', images, kernel, null, { padding: 'SAME' })],
  ['conv2d with strides', () => call('conv2d', images, kernel, null, { strides: 2 })],
  ['conv2d with groups', () => call('conv2d', images, kernel, null, { groups: 4 })],
  ['conv2d with stride: null', () => call('conv2d', images, kernel, null, { stride: null })],
  ['conv2d with a stride of three', () => call('conv2d', images, kernel, null, { stride: [1, 1, 1] })],
  ['conv2d with dilation: 0', () => call('conv2d', images, kernel, null, { dilation: 0 })],
  ['conv2d with options: null', () => call('conv2d', images, kernel, null, null)],
  ['conv2d with options: 2', () => call('conv2d', images, kernel, null, 2)],
  ['conv2d of a single image', () => call('conv2d', root.zeros(device, [4, 4, 4]), kernel)],
  [
    'conv2d channels first',
    () => call('conv2d', root.zeros(device, [1, 3, 8, 8]), root.zeros(device, [3, 3, 3, 4])),
  ],
  ['depthwiseConv2d with dilation', () => call('depthwiseConv2d', images, depthwise, null, { dilation: 2 })],
  ['depthwiseConv2d without a weight', () => call('depthwiseConv2d', images)],
  ['maxPool2d(images)', () => call('maxPool2d', images)],
  ['maxPool2d(images, 2)', () => call('maxPool2d', images, 2)],
  ['maxPool2d with kernel', () => call('maxPool2d', images, { kernel: 2 })],
  ['avgPool2d with dilation', () => call('avgPool2d', images, { kernelSize: 2, dilation: 2 })],
  ['globalAvgPool(x)', () => call('globalAvgPool', x)],
  ['globalAvgPool()', () => call('globalAvgPool')],
  ["axisPool(images, 'w', 'avg')", () => call('axisPool', images, 'w', 'avg')],
  ["axisPool(images, 'width', 'mean')", () => call('axisPool', images, 'width', 'mean')],
  ["coordinatePool(images, 'both')", () => call('coordinatePool', images, 'both')],
  ["channelGate with 'relu'", () => call('channelGate', images, root.zeros(device, [1, 1, 1, 4]), 'relu')],
  ['channelGate(images)', () => call('channelGate', images)],
  ['coordinateGate(images)', () => call('coordinateGate', images)],
  ['batchNorm without options', () => call('batchNorm', images, vector, vector, running)],
  ['batchNorm without statistics', () => call('batchNorm', images, vector, vector, undefined, norm)],
  [
    "batchNorm with 'swish'",
    () => call('batchNorm', images, vector, vector, running, { ...norm, activation: 'swish' }),
  ],
  [
    'batchNorm with momentum 2',
    () => call('batchNorm', images, vector, vector, running, { ...norm, momentum: 2 }),
  ],
  [
    "batchNorm with training: 'yes'",
    () => call('batchNorm', images, vector, vector, running, { ...norm, training: 'yes' }),
  ],
  ['batchNorm without gamma', () => call('batchNorm', images, undefined, vector, running, norm)],
  // losses
  ['crossEntropy(logits)', () => call('crossEntropy', logits)],
  ['crossEntropy(logits, [0, 1])', () => call('crossEntropy', logits, [0, 1])],
  ['crossEntropy with smoothing', () => call('crossEntropy', logits, u, { smoothing: 0.1 })],
  ['crossEntropy with labelSmoothing 2', () => call('crossEntropy', logits, u, { labelSmoothing: 2 })],
  ['crossEntropy with weights of the host', () => call('crossEntropy', logits, u, { weight: [1, 1, 1] })],
  ["CrossEntropyLoss({ reduction: 'avg' })", () => make('CrossEntropyLoss', { reduction: 'avg' })],
  ["CenterLoss(8, 16, { kind: 'lerned' })", () => make('CenterLoss', 8, 16, { kind: 'lerned' })],
  ['CenterLoss(8)', () => make('CenterLoss', 8)],
  ['CenterLoss with alpha 3', () => make('CenterLoss', 8, 16, { alpha: 3 })],
  ['SoftmaxCenterLoss()', () => make('SoftmaxCenterLoss')],
  ['SoftmaxCenterLoss with lambda -1', () => make('SoftmaxCenterLoss', 8, 16, { lambda: -1 })],
  ["SoftmaxCenterLoss over: 'features'", () => make('SoftmaxCenterLoss', 8, 16, { over: 'features' })],
  ["centerLoss with 'lerned'", () => call('centerLoss', x, u, x, 'lerned')],
  ['moveCenters with alpha NaN', () => call('moveCenters', x, x, u, Number.NaN)],
  ['classWeights of a string', () => call('classWeights', 'abc', 2, 1)],
  ['classWeights with a label out of range', () => call('classWeights', Uint32Array.of(0, 5), 2, 1)],
  // creation
  ['tensor()', () => call('tensor')],
  ['tensor(device)', () => call('tensor', device)],
  ['tensor of a promised device', () => call('tensor', later, [1])],
  ['tensor(null, [1])', () => call('tensor', null, [1])],
  ['tensor([1, 2])', () => call('tensor', [1, 2])],
  ['tensor(device, null)', () => call('tensor', device, null)],
  ["tensor(device, 'abc')", () => call('tensor', device, 'abc')],
  ['tensor(device, {})', () => call('tensor', device, {})],
  ['tensor(device, Promise)', () => call('tensor', device, Promise.resolve([1]))],
  ['tensor(device, [true])', () => call('tensor', device, [true])],
  ['tensor(device, [undefined])', () => call('tensor', device, [undefined])],
  ['tensor(device, [null])', () => call('tensor', device, [null])],
  ["tensor(device, ['1'])", () => call('tensor', device, ['1'])],
  ['tensor(device, [1n])', () => call('tensor', device, [1n])],
  ['tensor(device, BigInt64Array)', () => call('tensor', device, BigInt64Array.of(1n))],
  ['tensor(device, DataView)', () => call('tensor', device, new DataView(new ArrayBuffer(4)))],
  ['tensor(device, ArrayBuffer)', () => call('tensor', device, new ArrayBuffer(4))],
  ['tensor of a sparse array', () => call('tensor', device, Array.from({ length: 3 }).fill(1, 0, 2))],
  ['tensor of ragged rows', () => call('tensor', device, [[1, 2], [3]])],
  ['tensor of a row and a number', () => call('tensor', device, [[1], 2])],
  ['tensor of mixed depth', () => call('tensor', device, [1, [2]])],
  ['tensor(device, [])', () => call('tensor', device, [])],
  ['tensor(device, [[]])', () => call('tensor', device, [[]])],
  ['tensor beyond f32', () => call('tensor', device, [1, 1e39])],
  ['tensor of a Float64Array beyond f32', () => call('tensor', device, Float64Array.of(-1e300))],
  ["tensor([-1, 2.7], 'u32')", () => call('tensor', device, [-1, 2.7], { dtype: 'u32' })],
  ["tensor([2 ** 32], 'u32')", () => call('tensor', device, [2 ** 32], { dtype: 'u32' })],
  ["tensor([2 ** 31], 'i32')", () => call('tensor', device, [2 ** 31], { dtype: 'i32' })],
  ["tensor([NaN], 'i32')", () => call('tensor', device, [Number.NaN], { dtype: 'i32' })],
  ["tensor(Float32Array [0.5], 'u32')", () => call('tensor', device, Float32Array.of(0.5), { dtype: 'u32' })],
  [
    "tensor(Uint32Array of large numbers, 'i32')",
    () => call('tensor', device, Uint32Array.of(4e9), { dtype: 'i32' }),
  ],
  ["tensor(dtype: 'float32')", () => call('tensor', device, [1], { dtype: 'float32' })],
  ["tensor(dtype: 'f16')", () => call('tensor', device, [1], { dtype: 'f16' })],
  ['tensor(shape: 2)', () => call('tensor', device, [1, 2], { shape: 2 })],
  ['tensor with the shape third', () => call('tensor', device, [1, 2], [2])],
  ['tensor(shape: [-1])', () => call('tensor', device, [1, 2], { shape: [-1] })],
  ['tensor(requires_grad)', () => call('tensor', device, [1], { requires_grad: true })],
  ["tensor(requiresGrad: 'no')", () => call('tensor', device, [1], { requiresGrad: 'no' })],
  ['zeros(device, 3)', () => call('zeros', device, 3)],
  ['zeros(device)', () => call('zeros', device)],
  ['zeros([3])', () => call('zeros', [3])],
  ['zeros(device, [-1])', () => call('zeros', device, [-1])],
  ['zeros(device, [1.5])', () => call('zeros', device, [1.5])],
  ['zeros(device, [NaN])', () => call('zeros', device, [Number.NaN])],
  ["zeros(device, ['2'])", () => call('zeros', device, ['2'])],
  ["zeros(device, [2], 'float32')", () => call('zeros', device, [2], 'float32')],
  ["zeros(device, [2], 'f16')", () => call('zeros', device, [2], 'f16')],
  ["zeros(device, [2], { dtype: 'u32' })", () => call('zeros', device, [2], { dtype: 'u32' })],
  ['ones(later, [2])', () => call('ones', later, [2])],
  ['full(device, [2])', () => call('full', device, [2])],
  ["full(device, [2], '1')", () => call('full', device, [2], '1')],
  ['full beyond f32', () => call('full', device, [2], 1e39)],
  ["full(device, [2], -1, 'u32')", () => call('full', device, [2], -1, 'u32')],
  ['rand(device, [2])', () => call('rand', device, [2])],
  ["rand with seed 'abc'", () => call('rand', device, [2], { seed: 'abc' })],
  ['randn with std -1', () => call('randn', device, [2], { seed: 1, std: -1 })],
  ['randn(2, 3)', () => call('randn', 2, 3)],
  ['write of too few', () => on(x, 'write', [1])],
  ['write()', () => on(x, 'write')],
  ["write('1234')", () => on(x, 'write', '1234')],
  ['write of nested arrays', () => on(root.ones(device, [2]), 'write', [[1], [2]])],
  ['write of fractions into u32', () => on(u, 'write', [0.5, 1])],
  ['write of a tensor', () => on(x, 'write', x)],
  ['write of undefined', () => on(root.ones(device, [1]), 'write', [undefined])],
  ['item of many', () => on(x, 'item')],
  ['data of a disposed tensor', () => on(gone, 'data')],
  ["requiresGrad = 'yes'", () => Object.assign(root.ones(device, [1]), { requiresGrad: 'yes' })],
  // tape
  ['backward()', () => call('backward')],
  ['backward of a leaf', () => call('backward', x)],
  ['backward(model)', () => call('backward', model)],
  ['noGrad(promise)', () => call('noGrad', Promise.resolve(1))],
  ['scope()', () => call('scope')],
  ['scope(async)', () => call('scope', async () => x)],
  ['gradcheck(x)', () => call('gradcheck', x)],
  ['gradcheck(exp, x)', () => call('gradcheck', root.exp, x)],
  ['gradcheck(exp, [1])', () => call('gradcheck', root.exp, [1])],
  ['capture()', () => on(device, 'capture')],
  ['profile(3)', () => on(device, 'profile', 3)],
  ['dispatch()', () => on(device, 'dispatch')],
  // layers
  ...LAYERS.flatMap((name): [string, () => unknown][] => [
    [`new ${name}('a', 2, 3)`, () => make(name, 'a', 2, 3)],
    [`new ${name}()`, () => make(name)],
    [`new ${name}(0, 2, 3)`, () => make(name, 0, 2, 3)],
    [`new ${name}(2, 1.5, 3)`, () => make(name, 2, 1.5, 3)],
  ]),
  ['new Linear(2, 2, false)', () => make('Linear', 2, 2, false)],
  ["new Linear(2, 2, { bias: 'no' })", () => make('Linear', 2, 2, { bias: 'no' })],
  ['new Linear(2, 2, { init: 0 })', () => make('Linear', 2, 2, { init: 0 })],
  ['new Conv2d(3, 4)', () => make('Conv2d', 3, 4)],
  ["new Conv2d(3, 4, 3, { padding: 'full' })", () => make('Conv2d', 3, 4, 3, { padding: 'full' })],
  ['new Conv2d({ inChannels })', () => make('Conv2d', { inChannels: 3 })],
  ['new Conv2d with groups that divide nothing', () => make('Conv2d', 4, 4, 3, { groups: 3 })],
  ['new DepthwiseConv2d(4, 3, { groups })', () => make('DepthwiseConv2d', 4, 3, { groups: 4 })],
  ['new DepthwiseConv2d(4, 3, { multiplier: 0 })', () => make('DepthwiseConv2d', 4, 3, { multiplier: 0 })],
  ['new LeakyReLU({ negativeSlope })', () => make('LeakyReLU', { negativeSlope: 0.1 })],
  ["new GELU('erf')", () => make('GELU', 'erf')],
  ['new MaxPool2d(2, { countIncludePad })', () => make('MaxPool2d', 2, { countIncludePad: true })],
  ["new AdaptiveAvgPool2d('7')", () => make('AdaptiveAvgPool2d', '7')],
  ['new BatchNorm2d()', () => make('BatchNorm2d')],
  ['new BatchNorm2d(4, { elementwiseAffine })', () => make('BatchNorm2d', 4, { elementwiseAffine: false })],
  ['new BatchNorm2d(4, { eps: -1 })', () => make('BatchNorm2d', 4, { eps: -1 })],
  ["new Dropout('0.5')", () => make('Dropout', '0.5')],
  ['new Dropout({ p: 0.5 })', () => make('Dropout', { p: 0.5 })],
  ['new MaxPool2d()', () => make('MaxPool2d')],
  ['new MaxPool2d({ kernelSize: 2 })', () => make('MaxPool2d', { kernelSize: 2 })],
  ['new AdaptiveAvgPool2d(0)', () => make('AdaptiveAvgPool2d', 0)],
  ['new GroupNorm(3, 8)', () => make('GroupNorm', 3, 8)],
  ['new LayerNorm()', () => make('LayerNorm')],
  ['groupNorm with a weight as options', () => call('groupNorm', images, 2, { eps: 1 })],
  ["new AxisPool('w')", () => make('AxisPool', 'w')],
  ['new Sequential([relu])', () => make('Sequential', [new root.ReLU()])],
  ['new Sequential(relu)', () => make('Sequential', root.relu)],
  ['new Sequential(ReLU)', () => make('Sequential', root.ReLU)],
  ['new Sequential(undefined)', () => make('Sequential', undefined)],
  ['new ModuleList(layer)', () => make('ModuleList', new root.ReLU())],
  ['new ModuleList([1])', () => make('ModuleList', [1])],
  ['new ModuleDict([layer])', () => make('ModuleDict', [new root.ReLU()])],
  ["new ModuleDict({ 'a.b': layer })", () => make('ModuleDict', { 'a.b': new root.ReLU() })],
  ['call of a ModuleList', () => new root.ModuleList([new root.ReLU()]).call(x)],
  ['new InvertedResidual({})', () => make('InvertedResidual', {})],
  ['new InvertedResidual()', () => make('InvertedResidual')],
  [
    "attention: 'cbam'",
    () => make('InvertedResidual', { input: 4, expanded: 8, output: 4, kernelSize: 3, attention: 'cbam' }),
  ],
  ["CoordinateAttention pooling: 'both'", () => make('CoordinateAttention', 8, { pooling: 'both' })],
  ["new SqueezeExcitation('8')", () => make('SqueezeExcitation', '8')],
  ['new Parameter(3)', () => make('Parameter', 3, root.ZEROS)],
  ['new Parameter([3])', () => make('Parameter', [3])],
  ['to()', () => on(new root.Linear(2, 2), 'to')],
  ['to(promise)', () => on(new root.Linear(2, 2), 'to', later)],
  ["to('cuda')", () => on(new root.Linear(2, 2), 'to', 'cuda')],
  ["to(device, { seed: 'abc' })", () => on(new root.Linear(2, 2), 'to', device, { seed: 'abc' })],
  ['to(device, 42)', () => on(new root.Linear(2, 2), 'to', device, 42)],
  ['to twice', () => on(model, 'to', device)],
  ['call()', () => on(model, 'call')],
  ['call(array)', () => on(model, 'call', [1, 2])],
  ['call before to', () => new root.Linear(2, 2).call(x)],
  ["train('no')", () => on(model, 'train', 'no')],
  ['loadStateDict(promise)', () => on(model, 'loadStateDict', model.stateDict())],
  ['loadStateDict({})', () => on(model, 'loadStateDict', {})],
  ['loadStateDict(undefined)', () => on(model, 'loadStateDict')],
  ['loadStateDict(empty)', () => on(model, 'loadStateDict', new Map())],
  ['loadStateDict of arrays', () => on(model, 'loadStateDict', new Map([['1.weight', [1]]]))],
  ['layers in an array', () => new Held([new root.Linear(2, 2)]).to(device)],
  ['layers in an object', () => new Held({ a: { b: new root.ReLU() } }).to(device)],
  ['layers in a Map', () => new Held(new Map([['a', new root.ReLU()]])).to(device)],
  ['parameters in an array', () => new Held([new root.Parameter([2], root.ZEROS)]).to(device)],
  ['layers in an array of a child', () => new Held(new Held([new root.Linear(2, 2)])).to(device)],
  ['a layer in a #private field', () => new Private(null).to(device).call(x)],
  ['observe(fn)', () => call('observe', () => 1)],
  // the network
  ['classes: -3', () => make('FerMobileNetV3', { classes: -3 })],
  ["classes: 'happy'", () => make('FerMobileNetV3', { classes: 'happy' })],
  ["variant: 'small'", () => make('FerMobileNetV3', { variant: 'small' })],
  ['dropout: 1', () => make('FerMobileNetV3', { dropout: 1 })],
  ['inputSize', () => make('FerMobileNetV3', { inputSize: 64 })],
  ["side: '64'", () => make('FerMobileNetV3', { side: '64' })],
  ['mean: 0.5', () => make('FerMobileNetV3', { mean: 0.5 })],
  ['std: [0, 1, 1]', () => make('FerMobileNetV3', { std: [0, 1, 1] })],
  ['FerMobileNetV3(7)', () => make('FerMobileNetV3', 7)],
  ['pretrained(later)', () => on(root.FerMobileNetV3, 'pretrained', later)],
  ['pretrained({ url })', () => on(root.FerMobileNetV3, 'pretrained', { url: 'a' })],
  ['pretrained with weights as text', () => on(root.FerMobileNetV3, 'pretrained', device, { weights: 'a' })],
  ["summary('a')", () => on(network, 'summary', 'a')],
  ['outputShape(3)', () => on(network, 'outputShape', 3)],
  // images and frames
  ['imagesToTensor(device, photo)', () => call('imagesToTensor', device, photo, { side: 8 })],
  ['imagesToTensor without a side', () => call('imagesToTensor', device, [photo])],
  ['imagesToTensor with side -1', () => call('imagesToTensor', device, [photo], { side: -1 })],
  ['imagesToTensor with size', () => call('imagesToTensor', device, [photo], { size: 8 })],
  [
    'imagesToTensor of 0..1',
    () => call('imagesToTensor', device, [{ ...photo, data: new Float32Array(12) }], { side: 8 }),
  ],
  ['imagesToTensor(device, [null])', () => call('imagesToTensor', device, [null], { side: 8 })],
  ["imagesToTensor(device, ['a.png'])", () => call('imagesToTensor', device, ['a.png'], { side: 8 })],
  ['imagesToTensor([photo])', () => call('imagesToTensor', [photo], { side: 8 })],
  ['new Frame(device)', () => make('Frame', device)],
  ['new Frame with a size of 0', () => make('Frame', device, { width: 0, height: 1 })],
  ['frameToTensor(photo)', () => call('frameToTensor', photo, { side: 8 })],
  // data
  ['PictureSource()', () => make('PictureSource')],
  ['labels as text', () => make('PictureSource', { ...pair, labels: ['a', 'b'] })],
  ['a label of -1', () => make('PictureSource', { ...pair, labels: [-1, 0] })],
  ['a label of 2', () => make('PictureSource', { ...pair, labels: Uint32Array.of(0, 2) })],
  ['a label of 0.5', () => make('PictureSource', { ...pair, labels: [0, 0.5] })],
  ['one label too few', () => make('PictureSource', { ...pair, labels: [0] })],
  ['no class names', () => make('PictureSource', { ...pair, labels: [0, 1], classNames: undefined })],
  ['class names as a number', () => make('PictureSource', { ...pair, labels: [0, 1], classNames: 2 })],
  [
    'images of floats',
    () =>
      make('PictureSource', {
        ...pair,
        labels: [0, 1],
        pictures: [picture, { ...picture, data: new Float32Array(4) }],
      }),
  ],
  [
    'images of a wrong size',
    () => make('PictureSource', { ...pair, labels: [0, 1], pictures: [picture, { ...picture, width: 3 }] }),
  ],
  ['images by path', () => make('PictureSource', { ...pair, labels: [0, 1], pictures: ['a.png', 'b.png'] })],
  [
    'soft targets that sum to 9',
    () => make('PictureSource', { ...pair, labels: [0, 1], distributions: Float32Array.of(4, 5, 0, 1) }),
  ],
  [
    'soft targets below 0',
    () => make('PictureSource', { ...pair, labels: [0, 1], distributions: Float32Array.of(-1, 2, 0, 1) }),
  ],
  [
    'soft targets in an array',
    () => make('PictureSource', { ...pair, labels: [0, 1], distributions: [1, 0, 0, 1] }),
  ],
  [
    'soft targets with NaN',
    () =>
      make('PictureSource', { ...pair, labels: [0, 1], distributions: Float32Array.of(Number.NaN, 1, 0, 1) }),
  ],
  ["split('half', 1)", () => on(source, 'split', 'half', 1)],
  ['split(2, 1)', () => on(source, 'split', 2, 1)],
  ['split(0.5)', () => on(source, 'split', 0.5)],
  ['open(device)', () => on(source, 'open', device)],
  ['open without a device', () => on(source, 'open', undefined, { batch: 2, side: 8 })],
  ["augmentation: 'strong'", () => on(source, 'open', device, { batch: 2, side: 8, augmentation: 'strong' })],
  [
    'an augmentation of another library',
    () => on(source, 'open', device, { batch: 2, side: 8, augmentation: { flip: 0.5 } }),
  ],
  ['rotation: 15', () => on(source, 'open', device, { batch: 2, side: 8, augmentation: { rotation: 15 } })],
  [
    'rotation without a probability',
    () => on(source, 'open', device, { batch: 2, side: 8, augmentation: { rotation: { degrees: [0, 9] } } }),
  ],
  ["augmentationNamed('heavy')", () => call('augmentationNamed', 'heavy')],
  ['paperAugmentation(3)', () => call('paperAugmentation', 3)],
  ["DrawnFaceSource({ seed: 'abc' })", () => make('DrawnFaceSource', { seed: 'abc', length: 4 })],
  ['DrawnFaceSource({ seed: 1 })', () => make('DrawnFaceSource', { seed: 1 })],
  ['DrawnFaceSource()', () => make('DrawnFaceSource')],
  ['DrawnFaces(later)', () => make('DrawnFaces', later, { seed: 1, side: 8 })],
  ['DrawnFaces with classes: -3', () => make('DrawnFaces', device, { seed: 1, side: 8, classes: -3 })],
  ["labelFromVotes(votes, 'most')", () => call('labelFromVotes', new Array(10).fill(1), 'most')],
  ['labelFromVotes()', () => call('labelFromVotes')],
  ['distributionFromVotes of text', () => call('distributionFromVotes', new Array(10).fill('1'))],
  // training
  ['evaluate()', () => call('evaluate')],
  ['evaluate(model, pictures)', () => call('evaluate', model, source.pictures, { batch: 2, side: 2 })],
  ['evaluate without options', () => call('evaluate', model, source)],
  ['evaluate with batchSize', () => call('evaluate', model, source, { batchSize: 2, side: 2 })],
  ['evaluate(later)', () => call('evaluate', Promise.resolve(model), source, { batch: 2, side: 2 })],
  ['MovingAverage(model)', () => make('MovingAverage', model)],
  ['MovingAverage()', () => make('MovingAverage')],
  ['ConfusionMatrix(-3)', () => make('ConfusionMatrix', -3)],
  ["wilsonInterval('a')", () => call('wilsonInterval', 'a')],
];

/** Messages of engines for a bug. */
const RAW =
  /Cannot (read|destructure|convert)|is not (a function|iterable|defined)|undefined \(reading|Invalid array length/;

test('there are more than 250 of them, all different', () => {
  expect(WRONG.length).toBeGreaterThan(250);
  expect(new Set(WRONG.map(([name]) => name)).size).toBe(WRONG.length);
});

test.each(WRONG)('%s', async (_, run) => {
  let caught: unknown = 'nothing was thrown';
  try {
    await run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(Error);
  const { message, constructor: kind } = caught as Error;
  expect([TypeError, ReferenceError, SyntaxError]).not.toContain(kind);
  expect(message).not.toMatch(RAW);
  expect(message).toMatch(/^[\w.+()"' ]+: \S/);
});
