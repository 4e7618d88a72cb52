// The numbers that made one number: read back from the GPU and added up on the CPU in double precision.
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  CoordinateAttention,
  DepthwiseConv2d,
  Dropout,
  Linear,
  MaxPool2d,
  type Module,
} from 'feathergrad';
import { isGate, type Step, sizeOf, type Trace } from './trace.ts';

/** A number of a map. */
export interface Place {
  channel: number;
  row: number;
  column: number;
}

/** One product of a sum, or one number of a mean or maximum. */
export interface Term {
  /** where the number is in the input; outside of the image for padding */
  from: Place;
  isInside: boolean;
  x: number;
  /** the weight; null for an operator without weights */
  w: number | null;
  product: number;
  /** index of the weight in the tensor of weights, -1 without weights */
  weightAt: number;
}

/** One line of the calculation after the terms. */
export interface Line {
  name: string;
  text: string;
  value: number;
}

export interface Explanation {
  /** what the operator does, as a formula */
  formula: string;
  terms: Term[];
  lines: Line[];
  /** computed here, in double precision */
  computed: number;
  /** computed by the kernel */
  kernel: number;
}

const clip = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, v));
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

/** Activations by the names of the layers and of batch norm's option. */
const ACTIVATIONS: Record<string, { formula: string; fn: (v: number) => number }> = {
  relu: { formula: 'max(v, 0)', fn: (v) => Math.max(v, 0) },
  relu6: { formula: 'min(max(v, 0), 6)', fn: (v) => clip(v, 0, 6) },
  hardswish: { formula: 'v · min(max(v / 6 + 0.5, 0), 1)', fn: (v) => v * clip(v / 6 + 0.5, 0, 1) },
  hardsigmoid: { formula: 'min(max(v / 6 + 0.5, 0), 1)', fn: (v) => clip(v / 6 + 0.5, 0, 1) },
  sigmoid: { formula: '1 / (1 + exp(−v))', fn: sigmoid },
  silu: { formula: 'v / (1 + exp(−v))', fn: (v) => v * sigmoid(v) },
  tanh: { formula: 'tanh(v)', fn: Math.tanh },
};

/** Formats a number for the page, with six significant digits and a true minus sign. */
export const digits = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−');

/** Index of a place in a tensor [1, H, W, C]. */
const indexOf = (size: { width: number; channels: number }, { row, column, channel }: Place): number =>
  (row * size.width + column) * size.channels + channel;

/**
 * Explains one number of an operator's output. Returns null for an operator that this page cannot explain.
 * @throws RangeError for a place outside of the output
 */
export async function explain(trace: Trace, step: Step, place: Place): Promise<Explanation | null> {
  const { module } = step;
  const output = sizeOf(step.output);
  const at = indexOf(output, place);
  const isInside =
    place.row < output.height && place.column < output.width && place.channel < output.channels;
  if (!isInside) {
    throw new RangeError(
      `The place (${place.channel}, ${place.row}, ${place.column}) is outside of the output, which has ` +
        `${output.channels} maps of ${output.height} × ${output.width}.`,
    );
  }
  const [input, values] = await Promise.all([trace.read(step.input), trace.read(step.output)]);
  const context = { trace, step, place, input, kernel: values[at] as number };
  if (module instanceof Conv2d || module instanceof DepthwiseConv2d) return convolution(context, module);
  if (module instanceof Linear) return linear(context, module);
  if (module instanceof BatchNorm2d) return batchNorm(context, module);
  if (module instanceof CoordinateAttention) return coordinateGate(context, module);
  if (isGate(module)) return channelGate(context);
  if (module instanceof MaxPool2d || module instanceof AvgPool2d) return pool(context, module);
  if (module instanceof AdaptiveAvgPool2d) return wholeMean(context);
  return activation(context, module);
}

interface Context {
  trace: Trace;
  step: Step;
  place: Place;
  input: Float32Array;
  kernel: number;
}

/** Zeros above and to the left of the image. */
function startOf(
  module: Conv2d | DepthwiseConv2d,
  size: { height: number; width: number },
): [number, number] {
  const { padding, kernelSize, stride, dilation } = module;
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const along = (axis: 0 | 1) => {
      const n = axis === 0 ? size.height : size.width;
      const reach = (kernelSize[axis] - 1) * dilation[axis] + 1;
      const total = (Math.ceil(n / stride[axis]) - 1) * stride[axis] + reach - n;
      return Math.max(0, total) >> 1;
    };
    return [along(0), along(1)];
  }
  if (typeof padding === 'number') return [padding, padding];
  const [down, across] = padding;
  return [typeof down === 'number' ? down : down[0], typeof across === 'number' ? across : across[0]];
}

async function convolution(
  { trace, step, place, input, kernel }: Context,
  module: Conv2d | DepthwiseConv2d,
): Promise<Explanation> {
  const size = sizeOf(step.input);
  const outputs = sizeOf(step.output).channels;
  const [weights, bias] = await Promise.all([
    trace.read(module.weight.value),
    module.bias ? trace.read(module.bias.value) : null,
  ]);
  const groups = module instanceof Conv2d ? module.groups : size.channels;
  const perGroup = size.channels / groups;
  const first = Math.floor(place.channel / (outputs / groups)) * perGroup;
  const [top, left] = startOf(module, size);
  const [height, width] = module.kernelSize;
  const terms: Term[] = [];
  for (let r = 0; r < height; r++) {
    for (let s = 0; s < width; s++) {
      const row = place.row * module.stride[0] + r * module.dilation[0] - top;
      const column = place.column * module.stride[1] + s * module.dilation[1] - left;
      const isInside = row >= 0 && row < size.height && column >= 0 && column < size.width;
      for (let c = 0; c < perGroup; c++) {
        const from = { channel: first + c, row, column };
        const weightAt = ((r * width + s) * perGroup + c) * outputs + place.channel;
        const x = isInside ? (input[indexOf(size, from)] as number) : 0;
        const w = weights[weightAt] as number;
        terms.push({ from, isInside, x, w, product: x * w, weightAt });
      }
    }
  }
  return summed(terms, bias?.[place.channel] ?? null, kernel, 'the window · the weights');
}

async function linear({ trace, step, place, input, kernel }: Context, module: Linear): Promise<Explanation> {
  const outputs = sizeOf(step.output).channels;
  const [weights, bias] = await Promise.all([
    trace.read(module.weight.value),
    module.bias ? trace.read(module.bias.value) : null,
  ]);
  const terms = Array.from(input, (x, channel): Term => {
    const weightAt = channel * outputs + place.channel;
    const w = weights[weightAt] as number;
    return { from: { channel, row: 0, column: 0 }, isInside: true, x, w, product: x * w, weightAt };
  });
  return summed(terms, bias?.[place.channel] ?? null, kernel, 'all inputs · their weights');
}

function summed(terms: Term[], bias: number | null, kernel: number, what: string): Explanation {
  const sum = terms.reduce((total, { product }) => total + product, 0);
  const lines: Line[] = [{ name: 'Sum', text: `of ${terms.length} products`, value: sum }];
  if (bias !== null)
    lines.push({ name: 'Bias', text: `${digits(sum)} + ${digits(bias)}`, value: sum + bias });
  return {
    formula: `y = ${what}${bias === null ? '' : ' + bias'}`,
    terms,
    lines,
    computed: sum + (bias ?? 0),
    kernel,
  };
}

async function batchNorm(context: Context, module: BatchNorm2d): Promise<Explanation> {
  const { trace, place, kernel } = context;
  const term = same(context);
  const read = [module.running_mean, module.running_var, module.weight, module.bias];
  const [mean, variance, gamma, beta] = (await Promise.all(read.map(({ value }) => trace.read(value)))).map(
    (list) => list[place.channel] as number,
  ) as [number, number, number, number];
  const centered = term.x - mean;
  const normal = centered / Math.sqrt(variance + module.eps);
  const scaled = gamma * normal + beta;
  const lines: Line[] = [
    { name: 'Subtract the mean', text: `${digits(term.x)} − (${digits(mean)})`, value: centered },
    {
      name: 'Divide by the spread',
      text: `${digits(centered)} / √(${digits(variance)} + ${module.eps})`,
      value: normal,
    },
    {
      name: 'Scale and shift',
      text: `${digits(gamma)} · ${digits(normal)} + (${digits(beta)})`,
      value: scaled,
    },
  ];
  let computed = scaled;
  const active = ACTIVATIONS[module.activation.toLowerCase()];
  if (active) {
    computed = active.fn(scaled);
    lines.push({ name: module.activation, text: active.formula, value: computed });
  }
  const shortcut = await residualOf(context, computed);
  if (shortcut) {
    const text = `${digits(computed)} + (${digits(shortcut.value)}), ${shortcut.from}`;
    computed += shortcut.value;
    lines.push({ name: 'Add the shortcut', text, value: computed });
  }
  return { formula: 'y = act(γ (x − mean) / √(variance + ε) + β)', terms: [term], lines, computed, kernel };
}

/**
 * Finds the tensor that was added after a batch norm. The run records it only as the input or output of another module
 * of the same block, so those of the same shape are compared with what is missing.
 */
async function residualOf(
  { trace, step, place, kernel }: Context,
  computed: number,
): Promise<{ value: number; from: string } | null> {
  const missing = kernel - computed;
  const tolerance = 1e-4 * Math.max(1, Math.abs(kernel));
  if (Math.abs(missing) <= tolerance) return null;
  const at = indexOf(sizeOf(step.output), place);
  const shape = step.output.shape.join();
  const own = trace.steps.indexOf(step);
  // from the innermost block outward: the block's input, then the outputs of its earlier parts
  for (let path = step.path; path.includes('.'); ) {
    path = path.slice(0, path.lastIndexOf('.'));
    const parent = trace.steps.find((one) => one.path === path);
    const earlier = trace.steps.filter((one, i) => i < own && one.path.startsWith(`${path}.`));
    const candidates = [
      ...(parent ? [{ tensor: parent.input, from: `the input of ${path}` }] : []),
      ...earlier.map((one) => ({ tensor: one.output, from: `the output of ${one.path}` })),
    ];
    for (const { tensor, from } of candidates) {
      if (tensor.shape.join() !== shape) continue;
      const value = (await trace.read(tensor))[at] as number;
      if (Math.abs(value - missing) <= tolerance) return { value, from };
    }
  }
  return null;
}

/** The term of an operator whose output at a place depends on the input at the same place only. */
function same({ step, place, input }: Context): Term {
  const x = input[indexOf(sizeOf(step.input), place)] as number;
  return { from: place, isInside: true, x, w: null, product: x, weightAt: -1 };
}

function activation(context: Context, module: Module): Explanation | null {
  const term = same(context);
  const { kernel } = context;
  if (module instanceof Dropout || module.type === 'DropPath' || module.type === 'Flatten') {
    const line = { name: module.type, text: 'changes nothing in evaluation mode', value: term.x };
    return { formula: 'y = x', terms: [term], lines: [line], computed: term.x, kernel };
  }
  const active = ACTIVATIONS[module.type.toLowerCase()];
  if (!active) return null;
  const computed = active.fn(term.x);
  const line = { name: module.type, text: active.formula, value: computed };
  return {
    formula: `y = ${active.formula.replaceAll('v', 'x')}`,
    terms: [term],
    lines: [line],
    computed,
    kernel,
  };
}

function pool({ step, place, input, kernel }: Context, module: MaxPool2d | AvgPool2d): Explanation | null {
  const size = sizeOf(step.input);
  const { channel } = place;
  const dilation = module instanceof MaxPool2d ? module.dilation : [1, 1];
  const terms: Term[] = [];
  for (let r = 0; r < module.kernelSize[0]; r++) {
    for (let s = 0; s < module.kernelSize[1]; s++) {
      const row = place.row * module.stride[0] + r * (dilation[0] as number) - module.padding[0];
      const column = place.column * module.stride[1] + s * (dilation[1] as number) - module.padding[1];
      if (row < 0 || row >= size.height || column < 0 || column >= size.width) continue;
      const from = { channel, row, column };
      const x = input[indexOf(size, from)] as number;
      terms.push({ from, isInside: true, x, w: null, product: x, weightAt: -1 });
    }
  }
  if (module instanceof MaxPool2d) {
    const computed = Math.max(...terms.map(({ x }) => x));
    const line = { name: 'Maximum', text: `of ${terms.length} numbers`, value: computed };
    return { formula: 'y = the largest number of the window', terms, lines: [line], computed, kernel };
  }
  const isWhole = terms.length === module.kernelSize[0] * module.kernelSize[1];
  if (!isWhole || module.divisorOverride !== null) return null;
  return { ...mean(terms, kernel), formula: 'y = the mean of the window' };
}

function wholeMean({ step, place, input, kernel }: Context): Explanation | null {
  const [size, output] = [sizeOf(step.input), sizeOf(step.output)];
  if (output.height * output.width !== 1) return null;
  const terms = Array.from({ length: size.height * size.width }, (_, i): Term => {
    const from = { channel: place.channel, row: Math.floor(i / size.width), column: i % size.width };
    const x = input[indexOf(size, from)] as number;
    return { from, isInside: true, x, w: null, product: x, weightAt: -1 };
  });
  return { ...mean(terms, kernel), formula: 'y = the mean of the map' };
}

function mean(terms: Term[], kernel: number): Omit<Explanation, 'formula'> {
  const sum = terms.reduce((total, { x }) => total + x, 0);
  const computed = sum / terms.length;
  const lines = [
    { name: 'Sum', text: `of ${terms.length} numbers`, value: sum },
    { name: 'Mean', text: `${digits(sum)} / ${terms.length}`, value: computed },
  ];
  return { terms, lines, computed, kernel };
}

async function coordinateGate(context: Context, module: CoordinateAttention): Promise<Explanation> {
  const { step, place, kernel } = context;
  const term = same(context);
  const gates = module.gates(step.input);
  const [byRow, byColumn] = await Promise.all([gates.byRow.data(), gates.byColumn.data()]);
  gates.byRow.dispose();
  gates.byColumn.dispose();
  const { channels } = sizeOf(step.output);
  const row = byRow[place.row * channels + place.channel] as number;
  const column = byColumn[place.column * channels + place.channel] as number;
  const computed = term.x * row * column;
  const lines = [
    { name: 'Gate of the row', text: `row ${place.row}`, value: row },
    { name: 'Gate of the column', text: `column ${place.column}`, value: column },
    { name: 'Product', text: `${digits(term.x)} · ${digits(row)} · ${digits(column)}`, value: computed },
  ];
  return { formula: 'y = x · gate of the row · gate of the column', terms: [term], lines, computed, kernel };
}

async function channelGate(context: Context): Promise<Explanation | null> {
  const { trace, step, place, kernel } = context;
  const term = same(context);
  const last = trace.steps.findLast((one) => one.path.startsWith(`${step.path}.`));
  if (!last) return null;
  const v = (await trace.read(last.output))[place.channel] as number;
  // the paper's blocks use the hard sigmoid, EfficientNet the sigmoid; the kernel's value decides
  const computed = ['hardsigmoid', 'sigmoid'].map((name) => {
    const { formula, fn } = ACTIVATIONS[name] as (typeof ACTIVATIONS)[string];
    return { formula, gate: fn(v), value: term.x * fn(v) };
  });
  const [best] = computed.sort((a, b) => Math.abs(a.value - kernel) - Math.abs(b.value - kernel));
  if (!best) return null;
  const lines = [
    { name: 'Gate', text: `${best.formula} with v = ${digits(v)}, from ${last.path}`, value: best.gate },
    { name: 'Product', text: `${digits(term.x)} · ${digits(best.gate)}`, value: best.value },
  ];
  return { formula: 'y = x · gate of the channel', terms: [term], lines, computed: best.value, kernel };
}
