import type { BatchNorm } from '../layers/batch-norm.ts';
import type { BatchNorm2d } from '../layers/batch-norm2d.ts';
import type { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import type { Conv2d } from '../layers/conv2d.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import type { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import type { StateDict, StateEntry } from '../layers/state-dict.ts';
import type { Activation } from '../tensor/ops/batch-norm.ts';
import { paddingOf } from '../tensor/ops/convolution-geometry.ts';
import { toFloat16 } from './float16.ts';
import { FLOAT, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './onnx-file.ts';
import { isHalf } from './state-tensors.ts';

export interface GraphOptions {
  /** fold each batch norm into the convolution before it */
  fold: boolean;
  /** store weights in half precision; the graph casts them to single precision */
  half: boolean;
}

/** Options of a convolution in the graph: the batch norm after it, and a factor for its bias (default 1). */
export interface ConvolutionParts {
  norm?: BatchNorm2d;
  biasTimes?: number;
}

/** Collects the nodes and constants of a graph. Each method adds nodes and returns the name of their result. */
export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensor>();
  /** the values of each constant in single precision */
  private readonly numbers = new Map<string, Float32Array>();
  private readonly state: StateDict;
  private readonly options: GraphOptions;
  private readonly paths: ReadonlyMap<Module, string>;

  /** @param model the model whose parameter paths are the names in `state` */
  constructor(model: Module, state: StateDict, options: GraphOptions) {
    this.state = state;
    this.options = options;
    this.paths = new Map([...model.namedModules()].map(([path, module]) => [module, path]));
  }

  /** Returns the type and path of a module for messages, such as "Conv2d at features.0". */
  placeOf(module: Module): string {
    const path = this.paths.get(module);
    return path ? `${module.type} at ${path}` : module.type;
  }

  /** Returns the error that ONNX cannot express a module. */
  refusal(module: Module, why: string): Error {
    return new Error(`encodeOnnx: ${this.placeOf(module)} ${why}`);
  }

  /** Returns the name of a module's parameter or buffer in the state. The outermost module has an empty path. */
  nameOf(module: Module, part: string): string {
    const path = this.paths.get(module);
    return path ? `${path}.${part}` : part;
  }

  node(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    const output = `${op}_${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  /** Adds a node with the lengths of the axes `start` to `end` of x and returns the name of its output. */
  shape(x: string, start: number, end: number): string {
    return this.node('Shape', [x], { start: { int: start }, end: { int: end } });
  }

  /** Renames the result of the last node. */
  nameResult(name: string): void {
    const last = this.nodes.pop();
    if (!last)
      throw new Error('encodeOnnx: model: no layer computes anything, expected at least one that does');
    this.nodes.push({ ...last, output: name });
  }

  /**
   * Adds a constant and returns its name. It is stored in half precision if the options request it and the values fit.
   * Equal values under the same name are stored once. Different values under the same name get a new name, as when two
   * norms share a convolution, which is folded into each.
   */
  constant(name: string, shape: readonly number[], data: Float32Array): string {
    const before = this.numbers.get(name);
    if (before) {
      const isSame = before.length === data.length && before.every((value, i) => value === data[i]);
      return isSame ? name : this.constant(`${name}_again`, shape, data);
    }
    this.numbers.set(name, data);
    if (this.options.half && isHalf(shape, data)) {
      this.constants.set(`${name}.f16`, { name: `${name}.f16`, shape, data: toFloat16(data) });
      this.nodes.push({
        op: 'Cast',
        inputs: [`${name}.f16`],
        output: name,
        attributes: { to: { int: FLOAT } },
      });
    } else this.constants.set(name, { name, shape, data });
    return name;
  }

  /** Adds a list of 64-bit integers, such as a shape, and returns its name. */
  integers(values: readonly number[], name = `integers_${values.join('_')}`): string {
    this.constants.set(name, {
      name,
      shape: [values.length],
      data: BigInt64Array.from(values, (value) => BigInt(value)),
    });
    return name;
  }

  /** Adds a convolution, the batch norm after it and that norm's activation. */
  convolution(x: string, conv: Conv2d | DepthwiseConv2d, parts: ConvolutionParts = {}): string {
    const { norm, biasTimes = 1 } = parts;
    const weight = this.values(conv, 'weight');
    const filters = weight.shape[0] as number;
    const given = conv.bias ? this.values(conv, 'bias').data.map((value) => biasTimes * value) : null;
    const { data, bias } =
      norm && this.options.fold
        ? fold(weight.data, given, this.statistics(norm), norm.eps)
        : { data: weight.data, bias: given };
    const operands = [x, this.constant(weight.name, weight.shape, data)];
    if (bias) operands.push(this.constant(this.nameOf(conv, 'bias'), [filters], bias));
    const y = this.node('Conv', operands, {
      kernel_shape: { ints: conv.kernelSize },
      strides: { ints: conv.stride },
      ...this.pads(conv),
      dilations: { ints: conv.dilation },
      group: { int: conv instanceof DepthwiseConv2d ? conv.channels : conv.groups },
    });
    if (!norm) return y;
    return this.options.fold ? this.activation(y, norm.activation) : this.batchNorm(y, norm);
  }

  /**
   * Adds a transposed convolution. Output padding is subtracted from the padding at the end of the axis, which gives the
   * same result, because ONNX Runtime limits output padding by the stride and PyTorch by stride or dilation.
   */
  transposedConvolution(x: string, conv: ConvTranspose2d): string {
    const { padding, outputPadding, stride } = conv;
    const operands = this.parametersOf(conv);
    const axes = [0, 1] as const;
    const ends = axes.map((axis) => Math.max(0, padding[axis] - outputPadding[axis]));
    const added = axes.map((axis) => Math.max(0, outputPadding[axis] - padding[axis]));
    if (axes.some((axis) => (added[axis] as number) >= stride[axis])) {
      throw new Error(
        `encodeOnnx: ${this.placeOf(conv)} has outputPadding [${outputPadding}] beyond padding [${padding}] and stride ` +
          `[${stride}], which ONNX Runtime does not support. Use less outputPadding.`,
      );
    }
    return this.node('ConvTranspose', [x, ...operands], {
      kernel_shape: { ints: conv.kernelSize },
      strides: { ints: stride },
      pads: { ints: [...padding, ...ends] },
      output_padding: { ints: added },
      dilations: { ints: conv.dilation },
      group: { int: conv.groups },
    });
  }

  /**
   * Like 'same' with a stride, ONNX's SAME_UPPER depends on the image size; ONNX Runtime does not support it with
   * dilation.
   */
  private pads(conv: Conv2d | DepthwiseConv2d): Record<string, OnnxAttribute> {
    const { padding, stride, dilation } = conv;
    if (padding === 'same' && stride.some((n) => n > 1)) {
      if (dilation.every((n) => n === 1)) return { auto_pad: { string: 'SAME_UPPER' } };
      throw new Error(
        `encodeOnnx: ${this.placeOf(conv)} has padding 'same' with stride and dilation, which ONNX Runtime ` +
          'does not support. Pass the padding of the four sides.',
      );
    }
    // without a stride the padding is the same for any size
    const [top, bottom] = paddingOf(1, conv, 0);
    const [left, right] = paddingOf(1, conv, 1);
    return { pads: { ints: [top, left, bottom, right] } };
  }

  /** Adds a parameter of a layer as a constant of this shape and returns its name. */
  parameter(module: Module, part: string, shape: readonly number[]): string {
    const { name, data } = this.values(module, part);
    return this.constant(name, shape, data);
  }

  /** Adds the weight of a layer, and its bias if it has one, in PyTorch's shapes. */
  private parametersOf(layer: Linear | ConvTranspose2d): string[] {
    const parts = layer.bias ? ['weight', 'bias'] : ['weight'];
    return parts.map((part) => this.parameter(layer, part, this.values(layer, part).shape));
  }

  batchNorm(x: string, norm: BatchNorm): string {
    const values = Object.entries(this.statistics(norm));
    const parts = values.map(([part, data]) => this.constant(this.nameOf(norm, part), [norm.channels], data));
    const y = this.node('BatchNormalization', [x, ...parts], { epsilon: { float: norm.eps } });
    return this.activation(y, norm.activation);
  }

  /** [N, in] to [N, out] */
  linear(x: string, layer: Linear): string {
    return this.node('Gemm', [x, ...this.parametersOf(layer)], { transB: { int: 1 } });
  }

  activation(x: string, activation: Activation): string {
    switch (activation) {
      case 'none':
        return x;
      case 'relu':
        return this.node('Relu', [x]);
      case 'relu6':
        return this.node('Clip', [
          x,
          this.constant('zero', [], Float32Array.of(0)),
          this.constant('six', [], Float32Array.of(6)),
        ]);
      case 'hardSwish':
        return this.node('HardSwish', [x]);
      case 'hardSigmoid': // ONNX's own slope is 0.2
        return this.node('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
      case 'sigmoid':
        return this.node('Sigmoid', [x]);
      case 'silu':
        return this.node('Mul', [x, this.node('Sigmoid', [x])]);
    }
  }

  /** Adds the mean, the maximum or the sum of both over one axis of [N, C, H, W]; the axis keeps length 1. */
  axisPool(x: string, axis: 'width' | 'height', kind: 'avg' | 'max' | 'both'): string {
    if (kind === 'both')
      return this.node('Add', [this.axisPool(x, axis, 'avg'), this.axisPool(x, axis, 'max')]);
    const attributes = { axes: { ints: [axis === 'width' ? 3 : 2] }, keepdims: { int: 1 } };
    return this.node(kind === 'avg' ? 'ReduceMean' : 'ReduceMax', [x], attributes);
  }

  /** Returns an entry of the state, which `checkState` has already checked. */
  private values(
    module: Module,
    part: string,
  ): { name: string; shape: readonly number[]; data: Float32Array } {
    const name = this.nameOf(module, part);
    const { shape, data } = this.state.get(name) as StateEntry;
    return { name, shape, data: data as Float32Array };
  }

  /** Returns the vectors of a batch norm by the names of its state, with ones and zeros for those that it does not have. */
  private statistics(norm: BatchNorm): Statistics {
    if (!norm.running_mean) {
      throw new Error(
        `encodeOnnx: ${this.placeOf(norm)} has no running statistics, so its output depends on the batch, which ONNX ` +
          'cannot express. Create it with trackRunningStats.',
      );
    }
    const of = (part: string) => this.values(norm, part).data;
    return {
      weight: norm.weight ? of('weight') : new Float32Array(norm.channels).fill(1),
      bias: norm.bias ? of('bias') : new Float32Array(norm.channels),
      running_mean: of('running_mean'),
      running_var: of('running_var'),
    };
  }
}

/** In the order of ONNX's operands. */
type Statistics = Record<'weight' | 'bias' | 'running_mean' | 'running_var', Float32Array>;

/** W' = W s and b' = (b - mean) s + beta, with s = gamma / sqrt(variance + eps), in double precision. */
function fold(
  weight: Float32Array,
  bias: Float32Array | null,
  { weight: gamma, bias: beta, running_mean: mean, running_var: variance }: Statistics,
  eps: number,
): { data: Float32Array; bias: Float32Array } {
  const scale = Array.from(gamma, (value, i) => value / Math.sqrt((variance[i] as number) + eps));
  const perFilter = weight.length / scale.length;
  return {
    data: weight.map((value, i) => value * (scale[Math.floor(i / perFilter)] as number)),
    bias: beta.map((value, i) => ((bias?.[i] ?? 0) - (mean[i] as number)) * (scale[i] as number) + value),
  };
}
