// What one number of a map pulls on: its gradient, computed by the library's backward pass on the GPU.
import { backward, keep, observe, Parameter, scope, slice, sum, type Tensor } from 'feathergrad';
import type { Place } from './explanation.ts';
import type { Step, Trace } from './trace.ts';

/** The gradient of one number of an operator's output, with respect to the operator's own input and weights. */
export interface LocalGradient {
  /** values of the gradient of the input, in its layout */
  input: Float32Array;
  /** values of the gradient of the weights; null for an operator without weights */
  weight: Float32Array | null;
}

/** The gradient of one number with respect to the whole network before it. */
export interface GlobalGradient {
  /** [side, side, 3]: the gradient of the image */
  image: Float32Array;
  /** the root mean square of the gradient of each layer's weights, in the order of the network */
  layers: { path: string; strength: number }[];
}

/** A scalar tensor: one number of a tensor [1, H, W, C] or [1, C]. */
function numberAt(output: Tensor, { channel, row, column }: Place): Tensor {
  const start = output.rank === 4 ? [0, row, column, channel] : [0, channel];
  return sum(
    slice(
      output,
      start,
      start.map((n) => n + 1),
    ),
  );
}

/** Runs one operator again on its recorded input and differentiates one number of its output. */
export async function localGradient(step: Step, place: Place): Promise<LocalGradient> {
  const { module } = step;
  const x = step.input.alias();
  x.requiresGrad = true;
  module.zeroGrad();
  try {
    const loss = scope(() => numberAt(module.call(x), place));
    backward(loss);
    const { weight } = module as Partial<{ weight: unknown }>;
    const slope = weight instanceof Parameter ? weight.value.grad : null;
    const [input, weights] = await Promise.all([x.grad?.data(), slope?.data()]);
    loss.dispose();
    return {
      input: (input as Float32Array | undefined) ?? new Float32Array(x.size),
      weight: (weights as Float32Array | undefined) ?? null,
    };
  } finally {
    module.zeroGrad();
    x.dispose();
  }
}

/** Runs the network again and differentiates one number of an operator's output back to the image. */
export async function globalGradient(
  { model, image }: Trace,
  step: Step,
  place: Place,
): Promise<GlobalGradient> {
  const x = image.alias();
  x.requiresGrad = true;
  model.zeroGrad();
  let loss: Tensor | null = null;
  try {
    const logits = observe(
      (module, output) => {
        if (module === step.module && !loss) loss = keep(numberAt(output, place));
      },
      () => scope(() => model.forward(x)),
    );
    if (!loss) throw new Error(`The network did not run ${step.path}.`);
    backward(loss);
    const slopes = [...model.namedParameters()].flatMap(([name, { value }]) => {
      const path = name.replace(/\.weight$/, '');
      return value.grad && path !== name && value.rank > 1 ? [{ path, grad: value.grad }] : [];
    });
    const read = await Promise.all([x.grad?.data(), ...slopes.map(({ grad }) => grad.data())]);
    logits.dispose();
    const [pixels, ...weights] = read as (Float32Array | undefined)[];
    const layers = slopes.map(({ path }, i) => ({ path, strength: rootMeanSquare(weights[i] ?? []) }));
    return {
      image: pixels ?? new Float32Array(x.size),
      layers: layers.filter(({ strength }) => strength > 0),
    };
  } finally {
    (loss as Tensor | null)?.dispose();
    model.zeroGrad();
    x.dispose();
  }
}

function rootMeanSquare(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] as number) ** 2;
  return Math.sqrt(squares / Math.max(1, values.length));
}
