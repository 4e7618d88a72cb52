import { type NdArray, reshape as reshapeArray } from './array.ts';
import type { NetworkConfig } from './fer-mobilenetv3-config.ts';
import { convolutionUnit, invertedResidual, NetworkState } from './fer-mobilenetv3-layers.ts';
import type { CenterLossOptions } from './ops/center-loss.ts';
import type { CrossEntropyOptions, Target } from './ops/cross-entropy.ts';
import { add, apply, centerLoss, crossEntropy, globalAvgPool, linear, reshape, Value } from './tape.ts';

export interface RunOptions {
  config: NetworkConfig;
  /** Parameters and running statistics under their PyTorch names, in channels-last layouts. */
  state: ReadonlyMap<string, NdArray>;
  /** [N, H, W, 3] */
  images: NdArray;
  target: Target;
  /** 'train' (the default): batch statistics. Dropout is off in both modes. */
  mode?: 'train' | 'eval';
  crossEntropy?: CrossEntropyOptions;
  center?: CenterLossOptions & {
    labels: ArrayLike<number>;
    /** [classes, width of the features] */
    centers: NdArray;
    /** The logits, or the first linear layer's output before its hard-swish. */
    over: 'logits' | 'embedding';
  };
}

export interface RunResult {
  loss: number;
  crossEntropy: number;
  centerLoss: number;
  /** [N, classes] */
  logits: NdArray;
  /** [N, hidden]: the first linear layer's output before its hard-swish. */
  embedding: NdArray;
  /** Gradients of the loss with respect to every parameter. */
  gradients: Map<string, NdArray>;
  imageGradient: NdArray;
  /** running_mean and running_var as they are after the pass. */
  runningStatistics: Map<string, NdArray>;
  /** Output of every module: 'features.0' ... and its gradient, to find where two runs diverge. */
  outputs: Map<string, NdArray>;
  outputGradients: Map<string, NdArray>;
}

/** One forward and backward pass of the whole network in float64. */
export function runFerMobileNetV3(options: RunOptions): RunResult {
  const { pass, loss, entropy, center } = forward(options);
  loss.backward();
  return {
    loss: loss.data[0]!,
    crossEntropy: entropy.data[0]!,
    centerLoss: center?.data[0] ?? 0,
    logits: arrayOf(pass.logits),
    embedding: arrayOf(pass.embedding),
    gradients: mapValues(pass.state.parameters, gradientOf),
    imageGradient: gradientOf(pass.images),
    runningStatistics: pass.state.runningStatistics,
    outputs: mapValues(pass.outputs, arrayOf),
    outputGradients: mapValues(pass.outputs, gradientOf),
  };
}

/** Only logits and embedding, which take a third of the time. */
export function outputsOfFerMobileNetV3(options: Omit<RunOptions, 'target' | 'center'>): {
  logits: NdArray;
  embedding: NdArray;
} {
  const { logits, embedding } = forwardNetwork(options);
  return { logits: arrayOf(logits), embedding: arrayOf(embedding) };
}

/** Only the loss, for central differences. */
export function lossOfFerMobileNetV3(options: RunOptions): number {
  return forward(options).loss.data[0]!;
}

function forward(options: RunOptions) {
  const pass = forwardNetwork(options);
  const entropy = crossEntropy(pass.logits, options.target, options.crossEntropy);
  if (!options.center) return { pass, entropy, loss: entropy };
  const { labels, centers, over, ...kind } = options.center;
  const center = centerLoss(over === 'logits' ? pass.logits : pass.embedding, labels, centers, kind);
  return { pass, entropy, center, loss: add(entropy, center) };
}

function forwardNetwork({
  config,
  state: entries,
  images: pictures,
  mode = 'train',
}: Omit<RunOptions, 'target' | 'center'>) {
  const state = new NetworkState(entries, mode);
  const outputs = new Map<string, Value>();
  const keep = (name: string, value: Value): Value => {
    outputs.set(name, value);
    return value;
  };
  const images = new Value(pictures);
  let x = keep('features.0', convolutionUnit(state, images, 'features.0', 2, 'hardSwish'));
  config.blocks.forEach((block, i) => {
    const name = `features.${i + 1}`;
    x = keep(name, invertedResidual(state, x, name, block));
  });
  const last = `features.${config.blocks.length + 1}`;
  x = keep(last, convolutionUnit(state, x, last, 1, 'hardSwish'));
  const pooled = reshape(globalAvgPool(x), [images.shape[0]!, config.tail]);
  const embedding = keep(config.hiddenName, linearLayer(state, pooled, config.hiddenName));
  const logits = keep(
    config.outputName,
    linearLayer(state, apply('hardSwish', embedding), config.outputName),
  );
  return { state, images, outputs, embedding, logits };
}

function linearLayer(state: NetworkState, x: Value, name: string): Value {
  return linear(x, state.parameter(`${name}.weight`), state.parameter(`${name}.bias`));
}

function arrayOf(value: Value): NdArray {
  return reshapeArray(value, value.shape);
}

function gradientOf(value: Value): NdArray {
  return { shape: [...value.shape], data: value.grad };
}

function mapValues(map: ReadonlyMap<string, Value>, f: (value: Value) => NdArray): Map<string, NdArray> {
  return new Map([...map].map(([name, value]) => [name, f(value)]));
}
