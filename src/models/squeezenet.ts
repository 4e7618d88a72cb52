import { ReLU } from '../layers/activations.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import type { Module } from '../layers/module.ts';
import { MaxPool2d } from '../layers/pooling.ts';
import { Sequential } from '../layers/sequential.ts';
import { Network, type NetworkOptions, paths } from './network.ts';

/** Squeezed channels, and channels of each of the two expansions; 'pool' halves the resolution. */
const ROWS = ['pool', [16, 64], [16, 64], 'pool', [32, 128], [32, 128], 'pool', [48, 192], [48, 192], [64, 256], [64, 256]] as const; // biome-ignore format: one line
const STEM = 64;

/** A 1 x 1 convolution to few channels, then a 1 x 1 and a 3 x 3 convolution whose outputs are concatenated. */
class Fire extends Composite {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(input: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = new Conv2d(input, squeezed, 1);
    this.expand1x1 = new Conv2d(squeezed, expanded, 1);
    this.expand3x3 = new Conv2d(squeezed, expanded, 3, { padding: 1 });
  }

  override get type(): string {
    return 'Fire';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const y = on.relu(on.call(this.squeeze, x));
    return on.relu(on.concat(on.call(this.expand1x1, y), on.call(this.expand3x3, y)));
  }
}

/**
 * SqueezeNet 1.1 (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, arXiv:1602.07360;
 * version 1.1 is from the authors' code), like torchvision's `squeezenet1_1`.
 */
export class SqueezeNet extends Network {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth: number;

  constructor(options: NetworkOptions = {}) {
    super('SqueezeNet', 'squeezenet1_1', options, { dropout: 0.5 });
    const modules: Module[] = [new Conv2d(this.inputChannels, STEM, 3, { stride: 2 }), new ReLU()];
    let input: number = STEM;
    for (const row of ROWS) {
      if (row === 'pool') modules.push(new MaxPool2d(3, { stride: 2, ceilMode: true }));
      else {
        const [squeezed, expanded] = row;
        modules.push(new Fire(input, squeezed, expanded));
        input = 2 * expanded;
      }
    }
    this.features = new Sequential(...modules);
    const classes = this.classNames.length;
    this.embeddingWidth = classes;
    this.classifier = new Sequential(new Dropout(this.dropout), new Conv2d(input, classes, 1), new ReLU());
  }

  override get type(): string {
    return 'SqueezeNet';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: paths('features', 9, 13) };
  }

  /** Returns the logits: the classifier is a convolution before the pooling, so there is no narrower embedding. */
  embed<V>(on: Steps<V>, x: V): V {
    return on.flatten(on.mean(on.call(this.classifier, on.call(this.features, x))));
  }

  classify<V>(_on: Steps<V>, embedding: V): V {
    return embedding;
  }
}

/** Makes torchvision's `squeezenet1_1`. */
export const squeezenet1_1 = (options?: NetworkOptions): SqueezeNet => new SqueezeNet(options);
