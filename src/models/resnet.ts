import { checkValue, oneOf } from '../gpu/check-options.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Chain } from '../layers/chain.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import { AvgPool2d, MaxPool2d } from '../layers/pooling.ts';
import { Sequential } from '../layers/sequential.ts';
import { lastScale, Network, type NetworkOptions, type NormConstants } from './network.ts';

/**
 * Channels and number of blocks of each stage. From the second stage on, the first block halves the resolution, and its
 * shortcut is a 1 x 1 convolution ('conv') or drops every second pixel and adds channels of zeros ('pad', option A).
 */
const CONFIGS = {
  resnet18: {
    stem: { kernelSize: 7, stride: 2, isPooled: true },
    stages: [
      [64, 2],
      [128, 2],
      [256, 2],
      [512, 2],
    ],
    shortcut: 'conv',
    published: {},
  },
  resnet20: {
    stem: { kernelSize: 3, stride: 1, isPooled: false },
    stages: [
      [16, 3],
      [32, 3],
      [64, 3],
    ],
    shortcut: 'pad',
    published: { classes: 10, side: 32 },
  },
} as const;

interface BlockOptions {
  stride: number;
  shortcut: 'conv' | 'pad';
  norm: NormConstants;
  isZero: boolean;
}

/** Two 3 x 3 convolutions and a shortcut. */
class BasicBlock extends Composite {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample?: Chain;
  readonly #subsample: AvgPool2d | null;
  readonly #padding: number;

  constructor(input: number, output: number, { stride, shortcut, norm, isZero }: BlockOptions) {
    super();
    this.conv1 = new Conv2d(input, output, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(output, { ...norm, activation: 'relu' });
    this.conv2 = new Conv2d(output, output, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(output, { ...norm, weightInit: lastScale(isZero) });
    const changes = stride > 1 || input !== output;
    this.#subsample = changes && shortcut === 'pad' ? new AvgPool2d(1, { stride }) : null;
    this.#padding = (output - input) / 2;
    if (changes && shortcut === 'conv') {
      const conv = new Conv2d(input, output, 1, { stride, bias: false });
      this.downsample = new Chain({ 0: conv, 1: new BatchNorm2d(output, norm) });
    }
  }

  override get type(): string {
    return 'BasicBlock';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const y = on.convNorm(this.conv1, this.bn1, x);
    return on.relu(on.convNorm(this.conv2, this.bn2, y, this.shortcut(on, x)));
  }

  private shortcut<V>(on: Steps<V>, x: V): V {
    if (this.downsample) return on.call(this.downsample, x);
    return this.#subsample ? on.padChannels(on.call(this.#subsample, x), this.#padding, this.#padding) : x;
  }
}

/**
 * ResNet (He et al., "Deep residual learning for image recognition", CVPR 2016): torchvision's `resnet18`, and the paper's
 * 20-layer network for CIFAR-10, under the same names.
 */
export class ResNet extends Network {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4?: Sequential;
  readonly fc: Linear;
  readonly embeddingWidth: number;
  readonly maxpool?: MaxPool2d;

  constructor(model: keyof typeof CONFIGS, options: NetworkOptions = {}) {
    checkValue('ResNet', 'model', model, (value) => oneOf(value, Object.keys(CONFIGS)));
    const { stem, stages, shortcut, published } = CONFIGS[model];
    super('ResNet', model, options, published);
    const { norm, zeroInitResidual: isZero } = this;
    const { kernelSize, stride, isPooled } = stem;
    let input: number = stages[0][0];
    this.conv1 = new Conv2d(this.inputChannels, input, kernelSize, {
      stride,
      padding: kernelSize >> 1,
      bias: false,
    });
    this.bn1 = new BatchNorm2d(input, { ...norm, activation: 'relu' });
    if (isPooled) this.maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
    const layers = stages.map(([output, count], stage) => {
      const blocks = Array.from({ length: count }, (_, i) => {
        const first = i === 0 && stage > 0 ? 2 : 1;
        const block = new BasicBlock(input, output, { stride: first, shortcut, norm, isZero });
        input = output;
        return block;
      });
      return new Sequential(...blocks);
    });
    [this.layer1, this.layer2, this.layer3] = layers as [Sequential, Sequential, Sequential];
    if (layers[3]) this.layer4 = layers[3];
    this.embeddingWidth = input;
    this.fc = new Linear(input, this.classNames.length);
  }

  override get type(): string {
    return 'ResNet';
  }

  get parts() {
    return { head: ['fc'], lastBlocks: [this.layer4 ? 'layer4' : 'layer3'] };
  }

  embed<V>(on: Steps<V>, x: V): V {
    const stem = on.convNorm(this.conv1, this.bn1, x);
    const { maxpool, layer1, layer2, layer3, layer4 } = this;
    const steps = [maxpool, layer1, layer2, layer3, layer4].filter((step) => step !== undefined);
    return on.flatten(on.mean(steps.reduce((value, module) => on.call(module, value), stem)));
  }

  classify<V>(on: Steps<V>, embedding: V): V {
    return on.call(this.fc, embedding);
  }
}

/** Makes torchvision's `resnet18`. */
export const resnet18 = (options?: NetworkOptions): ResNet => new ResNet('resnet18', options);
/** Makes the 20-layer ResNet for CIFAR-10: 32 x 32 pixels and 10 classes by default. */
export const resnet20 = (options?: NetworkOptions): ResNet => new ResNet('resnet20', options);
