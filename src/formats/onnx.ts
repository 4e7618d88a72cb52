import { IMAGENET_MEAN, IMAGENET_STD } from '../data/imagenet.ts';
import { boolean, checkOptions, integer, type OptionRules, oneOf } from '../gpu/check-options.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import { expectModule } from '../layers/expect-module.ts';
import { expectState } from '../layers/expect-state.ts';
import { Flatten } from '../layers/flatten.ts';
import { GroupNorm } from '../layers/group-norm.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { describeModel } from '../models/describe-model.ts';
import { networkMetadata } from '../models/fer-mobilenetv3/pretrained-metadata.ts';
import { ImageClassifier } from '../models/image-classifier.ts';
import { aboutRule } from './about-rule.ts';
import { checkState } from './check-state.ts';
import { encodeOnnxModel, FLOAT } from './onnx-file.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { addModule } from './onnx-layers.ts';

/** Options of `encodeOnnx`. */
export interface EncodeOnnxOptions {
  /** fold each batch norm into the convolution before it (default false): fewer nodes, same results up to rounding */
  fold?: boolean;
  /** type of the stored weights (default 'f32'); 'f16' halves the file, and the graph casts them to single precision */
  dtype?: 'f32' | 'f16';
  /** images per batch (default: any number) */
  batch?: number;
  /** pixels along each side of the input (default: the `side` of a network that has one, otherwise 'any') */
  side?: number | 'any';
  /**
   * what the input holds: 'normalized' (default), values normalized by mean and std, as `forward` expects them; 'unit',
   * color pixels in 0..1; or 'bytes', color pixels in 0..255 as a uint8 tensor. With 'unit' and 'bytes' the graph
   * converts to gray if the network's `color` is 'gray', and normalizes
   */
  input?: 'normalized' | 'unit' | 'bytes';
  /** mean per channel for 'unit' and 'bytes', for pixels in 0..1 (default: the model's, otherwise ImageNet's) */
  mean?: readonly number[];
  /** standard deviation per channel for 'unit' and 'bytes' (default: the model's, otherwise ImageNet's) */
  std?: readonly number[];
  /** what the output holds (default 'logits'); 'probabilities' adds a softmax */
  output?: 'logits' | 'probabilities';
  /** further metadata of the file */
  about?: Readonly<Record<string, string | number>>;
}

/**
 * Encodes a model as an ONNX file (operator set 17) with input `images` [N, 3, H, W] (channels first, as usual in ONNX)
 * and output `logits` or `probabilities` [N, classes]. The graph is built from the model's layers as they behave in
 * evaluation mode, so any `Sequential` of feathergrad's layers works; the model need not be on a GPU. For a
 * FerMobileNetV3 the metadata hold variant, classes, input_side, mean, std and input.
 *
 * @param state the model's `stateDict()`, or one read from a file
 * @throws Error when the state does not fit the model, or a module has no ONNX counterpart
 */
export function encodeOnnx(
  model: Module,
  state: StateDict,
  options: EncodeOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  expectModule('encodeOnnx', model);
  expectState('encodeOnnx', state);
  checkOptions('encodeOnnx', options, RULES);
  const { fold = false, dtype = 'f32', batch = 'N', input = 'normalized', output = 'logits' } = options;
  checkState(model, state);
  const network = model instanceof ImageClassifier ? model : null;
  const defaults = network ?? { mean: IMAGENET_MEAN, std: IMAGENET_STD };
  const { mean = defaults.mean, std = defaults.std } = options;
  const color = network?.color ?? 'rgb';
  const side = options.side ?? network?.side ?? 'any';
  // If no layer determines the number of channels, the normalization does.
  const channels = channelsOf(model) ?? (input === 'normalized' ? 'C' : mean.length);
  if (input !== 'normalized' && (mean.length !== channels || std.length !== channels)) {
    throw new Error(
      `encodeOnnx: input "${input}" needs mean and std of each channel (got ${mean.length} and ${std.length}, ` +
        `expected ${channels}). Pass { mean, std } with ${channels} numbers each.`,
    );
  }
  const graph = new OnnxGraph(model, state, { fold, half: dtype === 'f16' });
  const x = normalize(graph, input, { mean, std, color });
  const y = addModule(graph, model, { name: x, isFlat: false });
  if (output === 'probabilities') graph.node('Softmax', [y.name], { axis: { int: 1 } });
  graph.nameResult(output);
  const metadata: Record<string, string> = { ...(network && networkMetadata(network)), input };
  if (network && side !== 'any') metadata.input_side = String(side);
  for (const [key, value] of Object.entries(options.about ?? {})) metadata[key] = String(value);
  const classes = network?.classNames.length ?? 'classes';
  return encodeOnnxModel({
    nodes: graph.nodes,
    constants: [...graph.constants.values()],
    input: {
      name: IMAGES,
      element: input === 'bytes' ? 'u8' : 'f32',
      shape: side === 'any' ? [batch, channels, 'H', 'W'] : [batch, channels, side, side],
    },
    output: { name: output, element: 'f32', shape: y.isFlat ? [batch, classes] : [batch, 'C', 'h', 'w'] },
    doc: network ? `${describeModel(network)}: ${network.classNames.join(', ')}` : '',
    metadata,
  });
}

const IMAGES = 'images';

const RULES: OptionRules<EncodeOnnxOptions> = {
  fold: boolean,
  dtype: (value) => oneOf(value, ['f32', 'f16']),
  batch: (value) => integer(value, 1),
  side: (value) =>
    value === 'any' ? undefined : integer(value, 1) && "a whole number of at least 1 or 'any'",
  input: (value) => oneOf(value, ['normalized', 'unit', 'bytes']),
  mean: (value) => numbers(value, Number.NEGATIVE_INFINITY),
  std: (value) => numbers(value, 0),
  output: (value) => oneOf(value, ['logits', 'probabilities']),
  about: aboutRule,
};

/** Rule for a list of finite numbers, each above `bound`. */
function numbers(value: unknown, bound: number): string | undefined {
  const isRight =
    Array.isArray(value) && value.length > 0 && value.every((one) => Number.isFinite(one) && one > bound);
  return isRight ? undefined : `a list of finite numbers${bound === 0 ? ' above 0' : ''}, one per channel`;
}

/**
 * Adds (pixels - mean) / std, computed on luma if the network was trained on gray images. It cannot be folded into the
 * first convolution, which pads the normalized values with zeros.
 */
function normalize(
  graph: OnnxGraph,
  input: NonNullable<EncodeOnnxOptions['input']>,
  { mean, std, color }: { mean: readonly number[]; std: readonly number[]; color: string },
): string {
  if (input === 'normalized') return IMAGES;
  const unit = input === 'bytes' ? 255 : 1;
  const pixels = input === 'bytes' ? graph.node('Cast', [IMAGES], { to: { int: FLOAT } }) : IMAGES;
  const vector = (name: string, values: readonly number[]) =>
    graph.constant(
      name,
      [1, values.length, 1, 1],
      Float32Array.from(values, (value) => unit * value),
    );
  const luma = () => graph.constant('luma', [1, 3, 1, 1], Float32Array.of(0.299, 0.587, 0.114));
  // one channel; the subtraction broadcasts it to three
  const shown = color === 'gray' ? graph.node('Conv', [pixels, luma()], {}) : pixels;
  const centered = graph.node('Sub', [shown, vector('mean', mean)]);
  return graph.node('Div', [centered, vector('std', std)]);
}

/**
 * Returns the channels of the images by the first layer that depends on them; undefined if the model accepts any
 * number.
 */
function channelsOf(model: Module): number | undefined {
  for (const [, module] of model.namedModules()) {
    if (module instanceof Conv2d) return (module.weight.shape[2] as number) * module.groups;
    if (module instanceof DepthwiseConv2d) return module.channels;
    if (module instanceof ConvTranspose2d) return module.weight.shape[3];
    if (module instanceof GroupNorm) return module.numChannels;
    if (module instanceof BatchNorm2d) return module.channels;
    // later layers say nothing about the image's channels
    if (module instanceof Flatten) return undefined;
  }
  return undefined;
}
