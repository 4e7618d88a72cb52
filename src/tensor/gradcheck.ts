import {
  callable,
  checkOptions,
  checkValue,
  finite,
  integer,
  type OptionRules,
  positive,
  seedRule,
} from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { backward } from './backward.ts';
import { tensor } from './create.ts';
import { expectTensor } from './expect.ts';
import { mulberry32 } from './host-random.ts';
import { mul, sub } from './ops/binary.ts';
import { sum } from './ops/broadcast.ts';
import { reshape } from './ops/reshape.ts';
import { scope } from './scope.ts';
import { type Shape, show, stridesOf } from './shape.ts';
import { noGrad } from './tape.ts';
import type { Tensor } from './tensor.ts';

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /**
   * step relative to the element's magnitude, or to a tenth of its input's mean magnitude if that is larger (default
   * 5e-3)
   */
  epsilon?: number;
  /** tolerance relative to the larger of the two slopes (default 1e-2) */
  rtol?: number;
  /** absolute tolerance (default: 2e-3 of the input's largest slope, plus the rounding error of f32) */
  atol?: number;
  /** maximum elements checked per input; larger inputs are sampled at random (default 64) */
  maxElements?: number;
  /** seed of the sample, and of the random weights of the result's elements (default 1) */
  seed?: number;
}

const OPTIONS: OptionRules<GradcheckOptions> = {
  epsilon: positive,
  rtol: (v) => finite(v, 0),
  atol: (v) => finite(v, 0),
  maxElements: (v) => integer(v, 1),
  seed: seedRule,
};

/** One slope, from the tape and from central differences. */
export interface GradcheckElement {
  /** argument of the function, counted from 0 */
  input: number;
  /** row-major position in the input */
  element: number;
  /** the position as an index along each axis */
  index: number[];
  /** slope from the tape */
  tape: number;
  /** slope from central differences */
  difference: number;
  /** absolute difference of the two, and its tolerance */
  error: number;
  allowed: number;
}

/** Result of `gradcheck`. */
export interface GradcheckResult {
  /** whether all elements are within tolerance */
  passed: boolean;
  /** the element with the largest error relative to its tolerance */
  worst: GradcheckElement;
  /** number of elements compared */
  checked: number;
  /** elements whose error exceeds the tolerance, in order */
  failures: GradcheckElement[];
}

/** The tape's gradients differ from central differences. The message names the worst element. */
export class GradcheckError extends Error {
  override name = 'GradcheckError';
  readonly result: GradcheckResult;

  constructor(message: string, result: GradcheckResult) {
    super(message);
    this.result = result;
  }
}

type Fn = (...inputs: Tensor[]) => Tensor;

/** Number of evaluations between two reads, which bounds the memory in use. */
const BATCH = 32;
/** Milliseconds of evaluations after which they are read, so that a page stays responsive. */
const STRETCH = 25;
const HALF_ULP = 2 ** -24;

/**
 * Compares the tape's gradients of `fn` with central differences on the GPU, for every f32 input; u32 and i32 inputs are
 * passed on. A result that is not a scalar is multiplied by fixed random weights and summed. `fn` must return the same
 * result every time, must not dispose its inputs, and must not have a kink (relu at 0, two equal maxima) within a step of
 * the given values. Inputs, their `grad` and the memory in use do not change.
 * @throws Error when no input is f32, or the result is not f32
 */
export async function gradcheck(
  fn: Fn,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<GradcheckResult> {
  checkValue('gradcheck', 'fn', fn, callable);
  checkOptions('gradcheck', options, OPTIONS);
  if (!Array.isArray(inputs)) {
    throw new Error(`gradcheck: inputs: got ${describeValue(inputs)}, expected an array of tensors`);
  }
  inputs.forEach((input, i) => {
    expectTensor('gradcheck', `input ${i}`, input);
  });
  const device = inputs[0]?.device;
  const floats = inputs.flatMap((input, i) => (input.dtype === 'f32' ? [i] : []));
  if (!device || floats.length === 0)
    throw new Error('gradcheck: no input is of type f32, the only type with gradients');
  const random = mulberry32(options.seed ?? 1);
  const values = (await device.read(floats.map((i) => inputs[i] as Tensor))).map(
    (bytes: ArrayBuffer) => new Float32Array(bytes),
  );
  const { weights, tape, noise } = await tapeGradients(device, fn, inputs, floats, random);
  const elements: GradcheckElement[] = [];
  try {
    for (const [k, i] of floats.entries()) {
      const input = inputs[i] as Tensor;
      const value = values[k] as Float32Array<ArrayBuffer>;
      const chosen = choose(value.length, options.maxElements ?? 64, random);
      const steps = chosen.map((at) => stepOf(value, at, options.epsilon ?? 5e-3));
      const evaluate = (element: number, [low, high]: Step) => {
        const shifted = (to: number) => {
          const copy = value.slice();
          copy[element] = to;
          const probe = tensor(device, copy, { shape: input.shape });
          return fn(...inputs.map((other, j) => (i === j ? probe : other.detach())));
        };
        return scope(() => noGrad(() => sum(mul(sub(shifted(high), shifted(low)), weights))));
      };
      const differences = await inBatches(device, chosen, steps, evaluate);
      const slopes = chosen.map((at) => (tape[k] as Float32Array)[at] as number);
      elements.push(...compare(i, input.shape, chosen, steps, slopes, differences, noise, options));
    }
  } finally {
    weights.dispose();
  }
  const excess = ({ error, allowed }: GradcheckElement) => (error === 0 ? 0 : error / allowed);
  const worst = elements.reduce((a, b) => (excess(b) > excess(a) ? b : a));
  const failures = elements.filter(({ error, allowed }) => !(error <= allowed));
  return { passed: failures.length === 0, worst, checked: elements.length, failures };
}

/**
 * Runs `gradcheck` and throws when the gradients differ.
 * @throws GradcheckError naming the input, the element and both slopes
 */
export async function assertGradcheck(
  fn: Fn,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<GradcheckResult> {
  const result = await gradcheck(fn, inputs, options);
  if (result.passed) return result;
  const { input, element, index, tape, difference, error, allowed } = result.worst;
  const name = fn.name ? `${fn.name}: ` : '';
  throw new GradcheckError(
    `gradcheck: ${name}${result.failures.length} of ${result.checked} slopes differ. Worst: input ${input}, element ` +
      `${element} (index ${show(index)} of ${show(inputs[input]?.shape ?? [])}): the tape gives ${tape}, central ` +
      `differences give ${difference}; they differ by ${error.toPrecision(3)}, but at most ${allowed.toPrecision(3)} is allowed`,
    result,
  );
}

type Step = [low: number, high: number];

async function tapeGradients(
  device: Device,
  fn: Fn,
  inputs: readonly Tensor[],
  floats: readonly number[],
  random: () => number,
): Promise<{ weights: Tensor; tape: Float32Array[]; noise: number }> {
  const { y, leaves, weights } = scope(() => {
    const given = inputs.map((input) => input.detach());
    const leaves = floats.map((i) => given[i] as Tensor);
    for (const leaf of leaves) leaf.requiresGrad = true;
    const result = fn(...given);
    const y = reshape(result, result.shape); // a new tensor and node, even if fn returns an input
    if (y.dtype !== 'f32')
      throw new Error(`gradcheck: the function returned a tensor of type ${y.dtype}; only f32 has gradients`);
    const scalar = y.size === 1;
    const numbers = Float32Array.from({ length: y.size }, () => (scalar ? 1 : 0.5 + random()));
    const weights = tensor(device, numbers, { shape: y.shape });
    // without a node the function is not taped, and every slope is 0
    if (y.node) backward(y, { gradient: weights });
    return { y, leaves, weights };
  });
  try {
    const present = leaves.flatMap((leaf) => (leaf.grad ? [leaf.grad] : []));
    const [result, ...rest] = await device.read([y, ...present]);
    const tape = leaves.map((leaf) =>
      leaf.grad ? new Float32Array(rest.shift() as ArrayBuffer) : new Float32Array(leaf.size),
    );
    const largest = new Float32Array(result as ArrayBuffer).reduce(
      (most, v) => Math.max(most, Math.abs(v)),
      0,
    );
    return { weights, tape, noise: 16 * HALF_ULP * largest * Math.sqrt(y.size) };
  } catch (error) {
    weights.dispose();
    throw error;
  } finally {
    y.dispose();
    for (const leaf of leaves) leaf.dispose();
  }
}

/** Returns the values on both sides of an element, rounded to f32. */
function stepOf(values: Float32Array, element: number, epsilon: number): Step {
  const value = values[element] as number;
  const mean = values.reduce((total, v) => total + Math.abs(v), 0) / values.length;
  const scale = Math.max(Math.abs(value), mean / 10) || 1;
  return [Math.fround(value - epsilon * scale), Math.fround(value + epsilon * scale)];
}

async function inBatches(
  device: Device,
  elements: readonly number[],
  steps: readonly Step[],
  evaluate: (element: number, step: Step) => Tensor,
): Promise<number[]> {
  const slopes: number[] = [];
  while (slopes.length < elements.length) {
    const first = slopes.length;
    const scalars: Tensor[] = [];
    const started = performance.now();
    do {
      const at = first + scalars.length;
      scalars.push(evaluate(elements[at] as number, steps[at] as Step));
    } while (
      scalars.length < BATCH &&
      first + scalars.length < elements.length &&
      performance.now() - started < STRETCH
    );
    try {
      for (const [j, bytes] of (await device.read(scalars)).entries()) {
        const [low, high] = steps[first + j] as Step;
        slopes.push((new Float32Array(bytes)[0] as number) / (high - low));
      }
    } finally {
      for (const scalar of scalars) scalar.dispose();
    }
  }
  return slopes;
}

function compare(
  input: number,
  shape: Shape,
  elements: readonly number[],
  steps: readonly Step[],
  tape: readonly number[],
  differences: readonly number[],
  noise: number,
  { rtol = 1e-2, atol }: GradcheckOptions,
): GradcheckElement[] {
  const larger = elements.map((_, j) =>
    Math.max(Math.abs(tape[j] as number), Math.abs(differences[j] as number)),
  );
  const largest = Math.max(...larger.filter(Number.isFinite), 0);
  const strides = stridesOf(shape);
  return elements.map((element, j) => {
    const [low, high] = steps[j] as Step;
    const floor = atol ?? 2e-3 * largest + noise / (high - low);
    const apart = Math.abs((tape[j] as number) - (differences[j] as number));
    const error = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
    const size = larger[j] as number;
    return {
      input,
      element,
      index: strides.map((stride, axis) => Math.floor(element / stride) % (shape[axis] as number)),
      tape: tape[j] as number,
      difference: differences[j] as number,
      error,
      allowed: floor + (Number.isFinite(size) ? rtol * size : 0),
    };
  });
}

/** Returns the integers from 0 to count - 1, or a sorted random sample of `most` of them. */
function choose(count: number, most: number, random: () => number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  const chosen = new Set<number>();
  while (chosen.size < most) chosen.add(Math.floor(random() * count));
  return [...chosen].sort((a, b) => a - b);
}
