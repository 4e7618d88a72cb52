// Every public function, constructor and method with options rejects unknown ones. A new one without a
// line in CALLS fails here.
import { expect, test } from 'vitest';
import { readPublicSurface } from '../../scripts/docs/public-surface.mjs';
import * as data from '../../src/data/index.ts';
import * as detection from '../../src/faces/index.ts';
import * as formats from '../../src/formats/index.ts';
import * as root from '../../src/index.ts';
import * as models from '../../src/models/index.ts';
import * as node from '../../src/node/index.ts';
import { testDevice } from '../support/device.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

type Loose = (...args: unknown[]) => unknown;
type LooseClass = new (...args: unknown[]) => object;

/** Functions and classes by name, with arguments of any type. */
const functions = { ...root, ...node, ...data, ...detection, ...models, ...formats } as unknown as Record<
  string,
  Loose
>;
const classes = functions as unknown as Record<string, LooseClass>;

const device = await testDevice();
const x = root.zeros(device, [2, 4, 4, 4]);
const logits = root.zeros(device, [2, 3]);
const labels = root.zeros(device, [2], 'u32');
const vector = root.zeros(device, [4]);
const running = { mean: vector, variance: vector };
const model = new root.Sequential(new root.Flatten(), new root.Linear(12, 2)).to(device);
const unplaced = new root.Linear(2, 2);
const source = tinyPictures(4);
const wrong = { notAnOption: 1 };

const make = (name: string, ...args: unknown[]): object => new (classes[name] as LooseClass)(...args);
const call = (name: string, ...args: unknown[]): unknown => (functions[name] as Loose)(...args);
/** A method of an object, with arguments of any type. */
const on = (target: object, method: string, ...args: unknown[]): unknown =>
  (target as Record<string, Loose>)[method]!(...args);

const blazeFace = new detection.BlazeFace().to(device);
const POINT = { x: 0, y: 0 };
const FACE = {
  box: { left: 0, top: 0, width: 1, height: 1 },
  score: 1,
  keypoints: { rightEye: POINT, leftEye: POINT, nose: POINT, mouth: POINT, rightEar: POINT, leftEar: POINT },
};
const readFaces = async () => {
  const detector = new detection.FaceDetector(blazeFace);
  const reader = await detection.FaceReader.load(placedNetwork, { detector });
  return on(reader, 'read', { width: 1, height: 1, data: new Uint8Array(3) }, wrong);
};
const placedNetwork = new root.FerMobileNetV3().to(device);
const network = new root.FerMobileNetV3();
const faces = () => make('DrawnFaces', device, { seed: 1, side: 8 });
const faceSource = () => make('DrawnFaceSource', { seed: 1, length: 4 });
const stream = () => {
  const { labels: all, classNames } = source;
  const read = () => Promise.reject(new Error('not read'));
  return make('PictureStream', { labels: all, classNames, read, largest: 4 });
};
const frame = (options: object) => make('Frame', device, { width: 2, height: 2, ...options });

/** The networks of feathergrad/models, by the functions and classes that make them. */
const NETWORKS = [
  ...['efficientnet_b0', 'ghostnet', 'lenet5', 'mobilenet_v1', 'mobilenet_v2', 'mobilenet_v3_large'],
  ...[
    'mobilenet_v3_small',
    'resnet18',
    'resnet20',
    'shufflenet_v2_x0_5',
    'shufflenet_v2_x1_0',
    'squeezenet1_1',
  ],
];
const CLASSES_OF_NETWORKS: [string, ...string[]][] = [
  ...(['EfficientNet', 'GhostNet', 'LeNet5', 'MobileNetV1', 'MobileNetV2', 'SqueezeNet'] as const).map(
    (name): [string] => [name],
  ),
  ['MobileNetV3', 'mobilenet_v3_small'],
  ['ResNet', 'resnet18'],
  ['ShuffleNetV2', 'shufflenet_v2_x0_5'],
];

/** By name, a call with an option that does not exist; everything else is valid. */
const CALLS: Readonly<Record<string, () => unknown>> = {
  checkRecipe: () => call('checkRecipe', {}, { isDrawn: true, ...wrong }),
  Adam: () => make('Adam', model, wrong),
  AdamW: () => make('AdamW', model, wrong),
  SGD: () => make('SGD', model, wrong),
  CosineAnnealingLR: () => make('CosineAnnealingLR', 0.1, wrong),
  ReduceLROnPlateau: () => make('ReduceLROnPlateau', 0.1, wrong),
  StepLR: () => make('StepLR', 0.1, { stepSize: 1, ...wrong }),
  assertGradcheck: () => call('assertGradcheck', root.exp, [vector], wrong),
  gradcheck: () => call('gradcheck', root.exp, [vector], wrong),
  avgPool2d: () => call('avgPool2d', x, { kernelSize: 2, ...wrong }),
  maxPool2d: () => call('maxPool2d', x, { kernelSize: 2, ...wrong }),
  backward: () => call('backward', root.sum(x), wrong),
  batchNorm: () =>
    call('batchNorm', x, vector, vector, running, {
      training: false,
      eps: 1e-5,
      momentum: 0.1,
      activation: 'none',
      ...wrong,
    }),
  BlazeFace: () => make('BlazeFace', wrong),
  'BlazeFace.pretrained': () => detection.BlazeFace.pretrained(device, wrong as object),
  'FaceDetector.load': () => detection.FaceDetector.load(device, wrong as object),
  'FaceDetector.detect': () =>
    on(
      new detection.FaceDetector(blazeFace),
      'detect',
      { width: 1, height: 1, data: new Uint8Array(3) },
      wrong,
    ),
  'FaceReader.load': () => detection.FaceReader.load(network, wrong as object),
  'FaceReader.read': () => readFaces(),
  FaceTracker: () => make('FaceTracker', wrong),
  faceWindow: () => call('faceWindow', FACE, wrong),
  BatchNorm2d: () => make('BatchNorm2d', 4, wrong),
  CenterLoss: () => make('CenterLoss', 3, 4, wrong),
  conv2d: () => call('conv2d', x, root.zeros(device, [3, 3, 4, 4]), null, wrong),
  Conv2d: () => make('Conv2d', 3, 4, 3, wrong),
  ConvNormActivation: () => make('ConvNormActivation', 3, 4, 3, wrong),
  CoordinateAttention: () => make('CoordinateAttention', 8, wrong),
  createDevice: () => root.createDevice(wrong as object),
  'createDevice of feathergrad/node': () => node.createDevice(wrong as object),
  crossEntropy: () => call('crossEntropy', logits, labels, wrong),
  CrossEntropyLoss: () => make('CrossEntropyLoss', wrong),
  depthwiseConv2d: () => call('depthwiseConv2d', x, root.zeros(device, [3, 3, 4]), null, wrong),
  DepthwiseConv2d: () => make('DepthwiseConv2d', 4, 3, wrong),
  DepthwiseNormActivation: () => make('DepthwiseNormActivation', 4, 3, wrong),
  evaluate: () => call('evaluate', model, source, { batch: 2, side: 2, ...wrong }),
  FerMobileNetV3: () => make('FerMobileNetV3', wrong),
  'FerMobileNetV3.pretrained': () => root.FerMobileNetV3.pretrained(device, wrong as object),
  'FerMobileNetV3.predict': () =>
    on(network, 'predict', { width: 1, height: 1, data: new Uint8Array(3) }, wrong),
  Frame: () => frame(wrong),
  frameToTensor: () => call('frameToTensor', frame({}), { side: 2, ...wrong }),
  imagesToTensor: () =>
    call('imagesToTensor', device, [{ width: 1, height: 1, data: new Uint8Array(3) }], { side: 2, ...wrong }),
  InvertedResidual: () =>
    make('InvertedResidual', { input: 4, expanded: 8, output: 4, kernelSize: 3, ...wrong }),
  Linear: () => make('Linear', 2, 2, wrong),
  'Module.to': () => on(unplaced, 'to', device, wrong),
  'Module.loadStateDict': () => on(model, 'loadStateDict', new Map(), wrong),
  ModuleBuffer: () => make('ModuleBuffer', [2], root.ZEROS, wrong),
  predictionLogits: () => call('predictionLogits', model, x, wrong),
  probabilitiesOf: () => call('probabilitiesOf', new Float32Array(2), 2, wrong),
  rand: () => call('rand', device, [2], { seed: 1, ...wrong }),
  randn: () => call('randn', device, [2], { seed: 1, ...wrong }),
  SoftmaxCenterLoss: () => make('SoftmaxCenterLoss', 3, 4, wrong),
  tensor: () => call('tensor', device, [1], wrong),
  MaxPool2d: () => make('MaxPool2d', 2, wrong),
  AvgPool2d: () => make('AvgPool2d', 2, wrong),
  openDataSet: () => call('openDataSet', 'somewhere', wrong),
  openGpu: () => call('openGpu', wrong),
  readPictureFolder: () => call('readPictureFolder', 'somewhere', wrong),
  readPictureFiles: () => call('readPictureFiles', [], wrong),
  DrawnFaces: () => make('DrawnFaces', device, { seed: 1, side: 8, ...wrong }),
  'DrawnFaces.batch': () => on(faces(), 'batch', 0, 1, wrong),
  DrawnFaceSource: () => make('DrawnFaceSource', { seed: 1, length: 4, ...wrong }),
  'DrawnFaceSource.open': () => on(faceSource(), 'open', device, { batch: 2, side: 8, ...wrong }),
  PictureSource: () =>
    make('PictureSource', {
      pictures: source.pictures,
      labels: source.labels,
      classNames: source.classNames,
      ...wrong,
    }),
  'PictureSource.open': () => on(source, 'open', device, { batch: 2, side: 8, ...wrong }),
  PictureStream: () =>
    make('PictureStream', {
      labels: source.labels,
      classNames: ['a', 'b'],
      read: () => 1,
      largest: 4,
      ...wrong,
    }),
  'PictureStream.open': () => on(stream(), 'open', device, { batch: 2, side: 8, ...wrong }),
  decodeWeights: () => call('decodeWeights', new Uint8Array(8), wrong),
  encodeOnnx: () => call('encodeOnnx', model, new Map(), wrong),
  encodeWeights: () => call('encodeWeights', network, new Map(), wrong),
  loadMobileNetV3Large: () => call('loadMobileNetV3Large', network, new Map(), wrong),
  torchState: () => call('torchState', new Map(), wrong),
  torchWeights: () => call('torchWeights', new Map(), wrong),
  BatchNorm1d: () => make('BatchNorm1d', 4, wrong),
  BCEWithLogitsLoss: () => make('BCEWithLogitsLoss', wrong),
  binaryCrossEntropyWithLogits: () => call('binaryCrossEntropyWithLogits', x, x, wrong),
  convTranspose2d: () => call('convTranspose2d', x, root.zeros(device, [3, 3, 4, 4]), null, wrong),
  ConvTranspose2d: () => make('ConvTranspose2d', 4, 4, 3, wrong),
  DistillationLoss: () => make('DistillationLoss', model, wrong),
  groupNorm: () => call('groupNorm', x, 2, null, null, wrong),
  GroupNorm: () => make('GroupNorm', 2, 4, wrong),
  interpolate: () => call('interpolate', x, { size: 8, ...wrong }),
  klDiv: () => call('klDiv', x, x, wrong),
  KLDivLoss: () => make('KLDivLoss', wrong),
  l1Loss: () => call('l1Loss', x, x, wrong),
  L1Loss: () => make('L1Loss', wrong),
  layerNorm: () => call('layerNorm', x, [4], null, null, wrong),
  LayerNorm: () => make('LayerNorm', [4], wrong),
  mseLoss: () => call('mseLoss', x, x, wrong),
  MSELoss: () => make('MSELoss', wrong),
  OneCycleLR: () => make('OneCycleLR', 0.1, wrong),
  pad: () =>
    call(
      'pad',
      x,
      [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ],
      wrong,
    ),
  prepareImages: () =>
    call('prepareImages', [{ width: 1, height: 1, data: new Uint8Array(3) }], { side: 2, ...wrong }),
  RMSprop: () => make('RMSprop', model, wrong),
  SAM: () => make('SAM', new root.SGD(model), wrong),
  smoothL1Loss: () => call('smoothL1Loss', x, x, wrong),
  SmoothL1Loss: () => make('SmoothL1Loss', wrong),
  Upsample: () => make('Upsample', { size: 8, ...wrong }),
  getModel: () => call('getModel', 'lenet5', wrong),
  ...Object.fromEntries(NETWORKS.map((name) => [name, () => call(name, wrong)])),
  ...Object.fromEntries(
    CLASSES_OF_NETWORKS.map(([name, ...kind]) => [name, () => make(name, ...kind, wrong)]),
  ),
  'Device.dispatch': () => on(device, 'dispatch', SQUARE, { label: 'op', bind: {}, ...wrong }),
  tune: () => call('tune', device, () => {}, wrong),
};

const SQUARE = new root.Kernel('square_of_options_test', '@compute @workgroup_size(64) fn main() {}');

/** Options of another kind: of the host's functions, or checked by a base class or an inner call. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  Optimizer: 'abstract; its subclasses check',
  ImageClassifier: 'abstract; its subclasses check',
  'ImageClassifier.predict': 'that of FerMobileNetV3',
  'ImageClassifier.compile': 'has a test of its own, tests/models/compile.test.ts',
  Network: 'abstract; its subclasses check',
  fit: 'its options have tests of their own',
  estimateMemory: 'takes all options of fit',
  largestBatch: 'takes all options of fit',
  requireRoom: 'takes all options of fit',
  tuneTraining: 'hands its options to tune',
  'SoftmaxCenterLoss.to': 'hands its options to Module.to',
  Device: 'made by createDevice',
};

/** Returns whether a signature has a parameter with options. */
const takesOptions = (signature: string) =>
  /\boptions\??: |\}: \w*Options|\b(spec|data): (\{|DispatchSpec|PictureStreamData)/.test(signature);

test('every public function with options is listed here', () => {
  const missing: string[] = [];
  for (const entries of readPublicSurface().values()) {
    for (const { name, kind, signature, members, isExported } of entries) {
      if (!isExported) continue;
      if (kind === 'function' && takesOptions(signature)) missing.push(name);
      if (kind !== 'class') continue;
      for (const member of members) {
        if (member.kind === 'constructor' && takesOptions(member.signature)) missing.push(name);
        if (member.kind === 'method' && takesOptions(member.signature))
          missing.push(`${name}.${member.name}`);
      }
    }
  }
  expect(missing.length).toBeGreaterThan(40);
  expect(missing.filter((name) => !(name in CALLS) && !(name in ELSEWHERE))).toEqual([]);
});

test.each(Object.entries(CALLS))('%s', async (_, run) => {
  await expect(async () => await run()).rejects.toThrow(/^[\w .]+: unknown option "notAnOption" \(known: /);
});
