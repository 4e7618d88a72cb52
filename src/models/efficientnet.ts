import { SiLU } from '../layers/activations.ts';
import { Composite, type Steps } from '../layers/composite.ts';
import { ConvNormActivation, DepthwiseNormActivation } from '../layers/conv-norm-activation.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { DropPath } from '../layers/drop-path.ts';
import { Dropout } from '../layers/dropout.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { Sequential } from '../layers/sequential.ts';
import {
  FeatureNetwork,
  lastScale,
  type NetworkOptions,
  type NormConstants,
  paths,
  SMALL_NORMAL,
} from './network.ts';

type Row = readonly [expansion: number, kernel: number, stride: number, output: number, blocks: number];

/** The stages; `stride` is the stride of the first block. */
const ROWS: readonly Row[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
];
const BLOCKS = /* @__PURE__ */ ROWS.reduce((sum, [, , , , count]) => sum + count, 0);
const STEM = 32;
const LAST = 1280;

/** Squeeze-excitation with SiLU and a sigmoid. */
class SqueezeExcitation extends Composite {
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;
  readonly activation = new SiLU();

  constructor(channels: number, squeezed: number) {
    super();
    this.fc1 = new Conv2d(channels, squeezed, 1);
    this.fc2 = new Conv2d(squeezed, channels, 1);
  }

  override get type(): string {
    return 'SqueezeExcitation';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const squeezed = on.call(this.activation, on.call(this.fc1, on.mean(x)));
    return on.gate(x, on.call(this.fc2, squeezed), 'sigmoid');
  }
}

interface BlockOptions {
  norm: NormConstants;
  isZero: boolean;
  /** probability with which the block is skipped in training */
  dropPath: number;
}

/** Expansion, depthwise convolution, squeeze-excitation and projection, with a shortcut where the shapes agree. */
class MBConv extends Composite {
  readonly block: Sequential;
  readonly stochastic_depth: DropPath;
  private readonly hasResidual: boolean;

  constructor(input: number, row: Row, stride: number, options: BlockOptions) {
    super();
    const { norm, isZero, dropPath } = options;
    this.stochastic_depth = new DropPath(dropPath);
    const [expansion, kernel, , output] = row;
    const width = expansion * input;
    const normed = { ...norm, activation: 'silu' } as const;
    this.hasResidual = stride === 1 && input === output;
    const weightInit = lastScale(isZero && this.hasResidual);
    this.block = new Sequential(
      ...(expansion === 1 ? [] : [new ConvNormActivation(input, width, 1, normed)]),
      new DepthwiseNormActivation(width, kernel, { stride, ...normed }),
      new SqueezeExcitation(width, Math.max(1, Math.floor(input / 4))),
      new ConvNormActivation(width, output, 1, { ...norm, weightInit }),
    );
  }

  override get type(): string {
    return 'MBConv';
  }

  compose<V>(on: Steps<V>, x: V): V {
    const { modules } = this.block;
    const before = modules.slice(0, -1).reduce((value, module) => on.call(module, value), x);
    const project = modules.at(-1) as Module;
    if (!this.hasResidual) return on.call(project, before);
    if (!this.training) return on.call(project, before, x);
    return on.add(on.call(this.stochastic_depth, on.call(project, before)), x);
  }
}

/**
 * EfficientNet-B0 (Tan & Le, "EfficientNet: Rethinking model scaling for convolutional neural networks", ICML 2019), as
 * torchvision's `efficientnet_b0`.
 */
export class EfficientNet extends FeatureNetwork {
  readonly features: Sequential;
  readonly classifier: Sequential;
  readonly embeddingWidth = LAST;

  constructor(options: NetworkOptions = {}) {
    super('EfficientNet', 'efficientnet_b0', options, { dropout: 0.2 });
    const { norm, zeroInitResidual: isZero } = this;
    const { stochasticDepth = 0.2 } = options;
    const normed = { ...norm, activation: 'silu' } as const;
    const modules: Module[] = [new ConvNormActivation(this.inputChannels, STEM, 3, { stride: 2, ...normed })];
    let input = STEM;
    let index = 0;
    for (const row of ROWS) {
      const [, , stride, output, count] = row;
      const blocks = Array.from({ length: count }, (_, i) => {
        const dropPath = (stochasticDepth * index) / BLOCKS;
        const block = new MBConv(input, row, i === 0 ? stride : 1, { norm, isZero, dropPath });
        input = output;
        index++;
        return block;
      });
      modules.push(new Sequential(...blocks));
    }
    modules.push(new ConvNormActivation(input, LAST, 1, normed));
    this.features = new Sequential(...modules);
    this.classifier = new Sequential(
      new Dropout(this.dropout),
      new Linear(LAST, this.classNames.length, SMALL_NORMAL),
    );
  }

  override get type(): string {
    return 'EfficientNet';
  }

  get parts() {
    return { head: ['classifier'], lastBlocks: paths('features', 6, 9) };
  }
}

/** Makes torchvision's `efficientnet_b0`. */
export const efficientnet_b0 = (options?: NetworkOptions): EfficientNet => new EfficientNet(options);
