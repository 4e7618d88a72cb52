import {
  backward,
  type Device,
  hardSwish,
  mul,
  relu6,
  scope,
  sigmoid,
  sum,
  type Tensor,
  tensor,
} from 'feathergrad';

/** The three activations of the lesson, as feathergrad's ops. */
export const FUNCTIONS = {
  'hard-swish': (x: Tensor) => hardSwish(x),
  swish: (x: Tensor) => mul(x, sigmoid(x)),
  relu6: (x: Tensor) => relu6(x),
} as const;
export type Name = keyof typeof FUNCTIONS;
export const NAMES = Object.keys(FUNCTIONS) as Name[];

export interface Curve {
  values: Float32Array;
  slopes: Float32Array;
}

/** Returns the values of every function, and its slopes from the tape, at `xs`. */
export async function curvesAt(device: Device, xs: readonly number[]): Promise<Record<Name, Curve>> {
  const pairs = NAMES.map((name) =>
    scope(() => {
      const x = tensor(device, Float32Array.from(xs), { requiresGrad: true });
      const y = FUNCTIONS[name](x);
      backward(sum(y));
      return { y: y.detach(), slope: (x.grad as Tensor).detach() };
    }),
  );
  const tensors = pairs.flatMap(({ y, slope }) => [y, slope]);
  try {
    const read = (await device.read(tensors)).map((bytes) => new Float32Array(bytes));
    const entries = NAMES.map((name, i) => [name, { values: read[2 * i], slopes: read[2 * i + 1] }]);
    return Object.fromEntries(entries) as Record<Name, Curve>;
  } finally {
    for (const one of tensors) one.dispose();
  }
}
