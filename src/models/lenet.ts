import { Tanh } from '../layers/activations.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { AvgPool2d } from '../layers/pooling.ts';
import { Sequential } from '../layers/sequential.ts';
import { FeatureNetwork, type NetworkOptions } from './network.ts';

/** Output channels of the 5 x 5 convolutions; the first two are followed by a pool. */
const CHANNELS = [6, 16, 120] as const;
const HIDDEN = 84;

/**
 * LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86(11), 1998)
 * with a softmax classifier instead of radial basis functions and pools without weights. 61,706 parameters for images of
 * one channel and 10 classes. The mean over the pixels after the last convolution, which is over one pixel at 32 x 32,
 * allows larger images.
 */
export class LeNet5 extends FeatureNetwork {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth = CHANNELS[2];

  constructor(options: NetworkOptions = {}) {
    super('LeNet5', 'lenet5', options, { classes: 10, side: 32 });
    const modules: Module[] = [];
    let input = this.inputChannels;
    for (const [i, output] of CHANNELS.entries()) {
      modules.push(new Conv2d(input, output, 5), new Tanh());
      if (i < 2) modules.push(new AvgPool2d(2));
      input = output;
    }
    this.features = new Sequential(...modules);
    this.classifier = new Sequential(
      new Linear(input, HIDDEN),
      new Tanh(),
      new Linear(HIDDEN, this.classNames.length),
    );
  }

  override get type(): string {
    return 'LeNet5';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: ['features.6'] };
  }
}

/** Makes LeNet-5: 32 x 32 pixels and 10 classes by default. */
export const lenet5 = (options?: NetworkOptions): LeNet5 => new LeNet5(options);
