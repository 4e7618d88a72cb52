// Explanations of operators whose output at a place depends on the input at the same place: batch norm, activations and
// gates.
import { type BatchNorm2d, type CoordinateAttention, Dropout, type Module } from 'feathergrad';
import { type Context, digits, type Explanation, indexOf, type Line, type Term } from './explanation.ts';
import { sizeOf } from './trace.ts';

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

export async function batchNorm(context: Context, module: BatchNorm2d): Promise<Explanation> {
  const { trace, place, kernel } = context;
  const term = same(context);
  const read = [module.running_mean, module.running_var, module.weight, module.bias];
  const [mean, variance, gamma, beta] = (
    await Promise.all(read.map((state) => trace.read((state as NonNullable<typeof state>).value)))
  ).map((list) => list[place.channel] as number) as [number, number, number, number];
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

export function activation(context: Context, module: Module): Explanation | null {
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

export async function coordinateGate(context: Context, module: CoordinateAttention): Promise<Explanation> {
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

export async function channelGate(context: Context): Promise<Explanation | null> {
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

/** The term of an operator whose output at a place depends on the input at the same place only. */
function same({ step, place, input }: Context): Term {
  const x = input[indexOf(sizeOf(step.input), place)] as number;
  return { from: place, isInside: true, x, w: null, product: x, weightAt: -1 };
}
