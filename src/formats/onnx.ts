import { IMAGENET_MEAN, IMAGENET_STD } from '../data/imagenet.ts';
import { boolean, checkOptions, integer, type OptionRules, oneOf } from '../gpu/check-options.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import { Flatten } from '../layers/flatten.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict } from '../layers/state-dict.ts';
import { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { networkMetadata } from '../models/fer-mobilenetv3/pretrained-metadata.ts';
import { aboutRule } from './about-rule.ts';
import { checkState } from './check-state.ts';
import { encodeOnnxModel, FLOAT } from './onnx-file.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { addModule } from './onnx-layers.ts';

/** What `encodeOnnx` takes. */
export interface EncodeOnnxOptions {
  /** batch norms folded into the convolutions before them: fewer nodes, the same results */
  fold?: boolean;
  /** 'f16' halves the file: weights are stored in half precision and widened when the graph is loaded */
  dtype?: 'f32' | 'f16';
  /** pictures in a batch; any number when left out */
  batch?: number;
  /** side of the input pictures: a FerMobileNetV3's `side` when left out, else any; 'any' leaves it open */
  side?: number | 'any';
  /**
   * what the input holds: values normalized by mean and std, as `forward` takes them (default); pixels in 0..1; or
   * bytes 0..255 (a uint8 tensor). The latter two are color pixels; the graph reduces them to gray where the network's
   * `color` says so, and normalizes them
   */
  input?: 'normalized' | 'unit' | 'bytes';
  /** mean of each channel that 'unit' and 'bytes' subtract, for pixels in 0..1 (default: the model's, else ImageNet's) */
  mean?: readonly number[];
  /** standard deviation of each channel that they divide by (default: the model's, else ImageNet's) */
  std?: readonly number[];
  /** 'probabilities' puts a softmax behind the logits */
  output?: 'logits' | 'probabilities';
  /** more to say in the metadata */
  about?: Readonly<Record<string, string | number>>;
}

/**
 * A model as an ONNX file (operator set 17): input `images` [N, 3, H, W], channels first as elsewhere outside of
 * feathergrad, output `logits` or `probabilities` [N, classes]. The graph is written from the model's own layers as
 * they act in evaluation, so any `Sequential` of feathergrad's layers will do; the model need not be on a GPU. A
 * FerMobileNetV3's file says in its metadata how it was made: variant, classes, input_side, mean, std, input.
 *
 * @param state the model's `stateDict()`, or one read from a file
 * @throws Error when the state is not the model's, or a module has no translation
 */
export function encodeOnnx(
  model: Module,
  state: StateDict,
  options: EncodeOnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  checkOptions('encodeOnnx', options, RULES);
  const { fold = false, dtype = 'f32', batch = 'N', input = 'normalized', output = 'logits' } = options;
  checkState(model, state);
  const network = model instanceof FerMobileNetV3 ? model : null;
  const defaults = network ?? { mean: IMAGENET_MEAN, std: IMAGENET_STD };
  const { mean = defaults.mean, std = defaults.std } = options;
  const color = network?.color ?? 'rgb';
  const side = options.side ?? network?.side ?? 'any';
  // Where no layer says how many channels the images have, the normalization does.
  const channels = channelsOf(model) ?? (input === 'normalized' ? 'C' : mean.length);
  if (input !== 'normalized' && (mean.length !== channels || std.length !== channels)) {
    throw new Error(
      `encodeOnnx: input "${input}" needs mean and std of each channel (got ${mean.length} and ${std.length}, the ` +
        `model takes ${channels}). Give { mean, std } with ${channels} numbers each.`,
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
    doc: network ? `FER-MobileNetV3 (${network.variant}): ${network.classNames.join(', ')}` : '',
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

/** A list of finite numbers, each above `bound`. */
function numbers(value: unknown, bound: number): string | undefined {
  const isRight =
    Array.isArray(value) && value.length > 0 && value.every((one) => Number.isFinite(one) && one > bound);
  return isRight ? undefined : `a list of finite numbers${bound === 0 ? ' above 0' : ''}, one per channel`;
}

/**
 * (pixels - mean) / std, of the luma where the network learned from gray images. It cannot be folded into the first
 * convolution, which pads with zeros after it.
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
  // one channel, which the subtraction repeats in three
  const shown = color === 'gray' ? graph.node('Conv', [pixels, luma()], {}) : pixels;
  const centered = graph.node('Sub', [shown, vector('mean', mean)]);
  return graph.node('Div', [centered, vector('std', std)]);
}

/** Channels of the images, by the first layer that depends on them; undefined where the model takes any number. */
function channelsOf(model: Module): number | undefined {
  for (const [, module] of model.namedModules()) {
    if (module instanceof Conv2d || module instanceof DepthwiseConv2d) return module.weight.shape[2];
    if (module instanceof BatchNorm2d) return module.weight.shape[0];
    // behind it nothing speaks of channels any more
    if (module instanceof Flatten) return undefined;
  }
  return undefined;
}
