import { describe, expect, test } from 'vitest';
import {
  add,
  type Classifier,
  CrossEntropyLoss,
  Dropout,
  Linear,
  Module,
  mul,
  ones,
  Sequential,
  SGD,
  type Shape,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { getModel } from '../../src/models/index.ts';
import { estimateMemory } from '../../src/train/memory-estimate.ts';
import { TrainingStep, type TrainingStepOptions } from '../../src/train/training-step.ts';
import { blocksOf, withCheckpoints } from '../../src/train/with-checkpoints.ts';
import { testDevice } from '../support/device.ts';
import { SmallNetwork } from '../support/small-network.ts';
import { tinyPictures } from '../support/tiny-pictures.ts';

const images = tinyPictures(8);

/** Runs two steps, and returns the bits of the metrics, parameters and buffers. */
async function steps(
  options: Partial<TrainingStepOptions>,
  prepare: (model: SmallNetwork) => void = () => {},
) {
  const device = await testDevice();
  const model = new SmallNetwork(images.classNames).to(device, { seed: 1 });
  prepare(model);
  const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
  const loss = new CrossEntropyLoss();
  const step = await TrainingStep.create(model, {
    train: images,
    loss,
    optimizer,
    batch: 4,
    side: 32,
    seed: 1,
    ...options,
  });
  const metrics = [await step.run([0, 1, 2, 3], 0.1, 0), await step.run([4, 5, 6, 7], 0.1, 1)];
  const { parameters, buffers } = model.arenas;
  const bits = [[...(await parameters.flat.data())], [...(await buffers.flat.data())]];
  const { dispatches } = step;
  step.dispose();
  optimizer.dispose();
  model.dispose();
  return { metrics, bits, dispatches };
}

describe('recompute: losses, gradients, running statistics and dropout have the same bits', () => {
  test.each<[string, Partial<TrainingStepOptions>, ((model: SmallNetwork) => void)?]>([
    ['all layers', {}],
    ['gradient accumulation', { accumulate: 2 }],
    ['mixup', { mixup: 0.4 }],
    [
      'a frozen first block, with a cached input of the second',
      {},
      (model) => model.features.at(0)?.freeze(),
    ],
    ['a frozen block between trained ones', {}, (model) => model.features.at(1)?.freeze()],
    ['a frozen body, with cached features', {}, (model) => model.features.freeze()],
    ['a frozen body, without a cache', { cacheFeatures: false }, (model) => model.features.freeze()],
  ])('%s', async (_, options, prepare) => {
    const without = await steps(options, prepare);
    const with_ = await steps({ ...options, recompute: true }, prepare);
    expect(with_.metrics).toEqual(without.metrics);
    expect(with_.bits).toEqual(without.bits);
    expect(with_.dispatches).toBeGreaterThanOrEqual(without.dispatches);
  });
});

test('the forward functions of the blocks are restored', async () => {
  const device = await testDevice();
  const model = new SmallNetwork(images.classNames).to(device, { seed: 1 });
  const optimizer = new SGD(model, { learningRate: 0.1 });
  const options = {
    train: images,
    loss: new CrossEntropyLoss(),
    optimizer,
    batch: 4,
    side: 32,
    recompute: true,
  };
  expect(estimateMemory(model, options).bytes).toBeLessThan(
    estimateMemory(model, { ...options, recompute: false }).bytes,
  );
  for (const [, module] of model.namedModules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  optimizer.dispose();
  model.dispose();
});

test('blocks are the outermost modules that contain layers', () => {
  const blocks = blocksOf(new SmallNetwork(images.classNames)).map(({ type }) => type);
  expect(blocks).toEqual([
    'ConvNormActivation',
    'InvertedResidual',
    'InvertedResidual',
    'Sequential',
    'Sequential',
  ]);
  class Own extends Module implements Classifier {
    readonly body = new Sequential(new Sequential(new Linear(2, 2), new Dropout(0.1)), new Linear(2, 2));
    forward(x: Tensor) {
      return this.body.call(x);
    }
    outputShape(input: Shape) {
      return this.body.outputShape(input);
    }
  }
  expect(blocksOf(new Own()).map(({ path, type }) => `${path}${type}`)).toEqual(['Sequential']);
});

test.each([
  'fer_mobilenetv3',
  'mobilenet_v1',
  'mobilenet_v2',
  'mobilenet_v3_small',
  'efficientnet_b0',
  'resnet18',
  'resnet20',
  'shufflenet_v2_x0_5',
  'squeezenet1_1',
  'ghostnet',
] as const)('%s has blocks', (name) => {
  expect(blocksOf(getModel(name, { classes: 8 })).length).toBeGreaterThanOrEqual(4);
});

test('an omitted argument of a block keeps its place', async () => {
  const device = await testDevice();
  class Block extends Module {
    readonly layer = new Linear(2, 2);
    forward(x: Tensor, scale?: Tensor, shift?: Tensor) {
      const y = this.layer.call(scale ? mul(x, scale) : x);
      return shift ? add(y, shift) : y;
    }
    outputShape(input: Shape) {
      return input;
    }
  }
  class Own extends Module {
    readonly block = new Block();
    forward(x: Tensor, shift: Tensor) {
      return this.block.call(x, undefined as never, shift);
    }
    outputShape(input: Shape) {
      return input;
    }
  }
  const model = new Own().to(device, { seed: 1 });
  const x = ones(device, [3, 2]);
  const shift = tensor(device, [3, 5]);
  const expected = await model.call(x, shift).data();
  expect(await withCheckpoints(model, () => model.call(x, shift)).data()).toEqual(expected);
  model.dispose();
});
