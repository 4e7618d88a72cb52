import type { NdArray } from './array.ts';
import { type Attention, type BlockConfig, coordinateNames } from './fer-mobilenetv3-config.ts';
import type { Activation } from './ops/batch-norm.ts';
import {
  add,
  apply,
  avgPoolAxis,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  globalAvgPool,
  maxPoolAxis,
  mul,
  reshape,
  slice,
  Value,
} from './tape.ts';

type Mode = 'train' | 'eval';

interface NormOptions {
  eps: number;
  momentum: number;
  activation: Activation;
}

/** The state dict as tape values, and the running statistics after a forward pass. */
export class NetworkState {
  readonly parameters = new Map<string, Value>();
  readonly runningStatistics = new Map<string, NdArray>();
  readonly #state: ReadonlyMap<string, NdArray>;
  readonly #mode: Mode;

  constructor(state: ReadonlyMap<string, NdArray>, mode: Mode) {
    this.#state = state;
    this.#mode = mode;
  }

  parameter(name: string): Value {
    const known = this.parameters.get(name);
    if (known) return known;
    const value = new Value(this.#entry(name));
    this.parameters.set(name, value);
    return value;
  }

  norm(x: Value, name: string, options: NormOptions): Value {
    const { output, statistics } = batchNorm(
      x,
      this.parameter(`${name}.weight`),
      this.parameter(`${name}.bias`),
      {
        mode: this.#mode,
        runningMean: this.#entry(`${name}.running_mean`),
        runningVariance: this.#entry(`${name}.running_var`),
        ...options,
      },
    );
    this.runningStatistics.set(`${name}.running_mean`, statistics.runningMean);
    this.runningStatistics.set(`${name}.running_var`, statistics.runningVariance);
    return output;
  }

  #entry(name: string): NdArray {
    const entry = this.#state.get(name);
    if (!entry) throw new Error(`the state has no '${name}'; it has ${this.#state.size} entries`);
    return entry;
  }
}

/** Convolution without bias ([kh,kw,C] weights are depthwise), padding kernel // 2, batch norm, activation. */
export function convolutionUnit(
  state: NetworkState,
  x: Value,
  name: string,
  stride: number,
  activation: Activation,
): Value {
  const weight = state.parameter(`${name}.0.weight`);
  const padding = Math.floor(weight.shape[0]! / 2);
  const convolution = weight.shape.length === 3 ? depthwiseConv2d : conv2d;
  const convolved = convolution(x, weight, { stride: [stride, stride], padding: [padding, padding] });
  return state.norm(convolved, `${name}.1`, { eps: 1e-3, momentum: 0.01, activation });
}

/** Expansion, depthwise, attention, projection, and the input added where shapes allow. */
export function invertedResidual(state: NetworkState, x: Value, name: string, block: BlockConfig): Value {
  let part = 0;
  let y = x;
  if (block.expanded !== block.inputs) {
    y = convolutionUnit(state, y, `${name}.block.${part++}`, 1, block.activation);
  }
  y = convolutionUnit(state, y, `${name}.block.${part++}`, block.stride, block.activation);
  if (block.attention !== 'none') y = attend(state, y, `${name}.block.${part++}`, block.attention);
  y = convolutionUnit(state, y, `${name}.block.${part}`, 1, 'none');
  return block.stride === 1 && block.inputs === block.outputs ? add(x, y) : y;
}

/** Any of the attention modules on x [N,H,W,C]. */
export function attend(state: NetworkState, x: Value, name: string, attention: Attention): Value {
  if (attention === 'none') return x;
  return attention === 'se'
    ? squeezeExcitation(state, x, name)
    : coordinateAttention(state, x, name, attention);
}

function pointwise(state: NetworkState, x: Value, name: string): Value {
  return conv2d(x, state.parameter(`${name}.weight`), {}, state.parameter(`${name}.bias`));
}

function squeezeExcitation(state: NetworkState, x: Value, name: string): Value {
  const squeezed = apply('relu', pointwise(state, globalAvgPool(x), `${name}.fc1`));
  return mul(x, apply('hardSigmoid', pointwise(state, squeezed, `${name}.fc2`)));
}

/** CA (Hou et al., CVPR 2021), MAXCA, and CPSCA in its literal form, with conv1 run twice. */
function coordinateAttention(state: NetworkState, x: Value, name: string, attention: Attention): Value {
  const [batch, height, width] = x.shape as [number, number, number];
  const average = (axis: 'width' | 'height'): Value => avgPoolAxis(x, axis);
  const greatest = (axis: 'width' | 'height'): Value => maxPoolAxis(x, axis);
  const squeeze = (rows: Value, columns: Value): Value => {
    const joined = concat([rows, columns], 1);
    return pointwise(state, reshape(joined, [batch, height + width, 1, x.shape[3]!]), `${name}.conv1`);
  };

  let squeezed: Value;
  if (attention === 'cpsca') {
    const averageRows = squeeze(average('width'), greatest('height'));
    const greatestRows = squeeze(greatest('width'), average('height'));
    squeezed = add(averageRows, greatestRows);
  } else {
    const pool = attention === 'maxca' ? greatest : average;
    squeezed = squeeze(pool('width'), pool('height'));
  }

  const middle = state.norm(squeezed, `${name}.bn1`, { eps: 1e-5, momentum: 0.1, activation: 'hardSwish' });
  const channels = middle.shape[3]!;
  const rows = slice(middle, [0, 0, 0, 0], [batch, height, 1, channels]);
  const columns = slice(middle, [0, height, 0, 0], [batch, height + width, 1, channels]);
  const [heightName, widthName] = coordinateNames(attention);
  const rowScale = apply('sigmoid', pointwise(state, rows, `${name}.${heightName}`));
  const columnScale = apply('sigmoid', pointwise(state, columns, `${name}.${widthName}`));
  return mul(mul(x, rowScale), reshape(columnScale, [batch, 1, width, x.shape[3]!]));
}
