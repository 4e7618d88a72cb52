import { add, backward, type Device, hardSwish, mul, scope, sub, type Tensor, tensor } from 'feathergrad';

/** The numbers that the reader sets. */
export interface Inputs {
  w: number;
  x: number;
  b: number;
  t: number;
}
export const INPUTS = ['w', 'x', 'b', 't'] as const;
/** The results in order: p = w x, z = p + b, a = hardSwish(z), e = a − t, L = e² / 2. */
export const NODES = ['p', 'z', 'a', 'e', 'L'] as const;
export type Name = (typeof INPUTS)[number] | (typeof NODES)[number];

export type Values = Record<Name, number>;

const half = (e: Tensor) => mul(mul(e, e), 0.5);

/** The rest of the computation from each node on, so that every node can be a leaf of the tape. */
function loss({ w, x, b, t }: Record<'w' | 'x' | 'b' | 't', Tensor>): Tensor {
  return half(sub(hardSwish(add(mul(w, x), b)), t));
}

/** Computes all values and the gradient of L with respect to each of them, on the device. */
export async function evaluate(device: Device, inputs: Inputs): Promise<{ values: Values; slopes: Values }> {
  const results = scope(() => {
    const leaf = (value: Tensor | number) => {
      const one = typeof value === 'number' ? tensor(device, [value]) : value.detach();
      one.requiresGrad = true;
      return one;
    };
    const [w, x, b, t] = [leaf(inputs.w), leaf(inputs.x), leaf(inputs.b), leaf(inputs.t)];
    const p = leaf(mul(w, x));
    const z = leaf(add(p, b));
    const a = leaf(hardSwish(z));
    const e = leaf(sub(a, t));
    const L = half(e);
    const rests: readonly [Tensor[], () => Tensor][] = [
      [[w, x, b, t], () => loss({ w, x, b, t })],
      [[p], () => half(sub(hardSwish(add(p, b.detach())), t.detach()))],
      [[z], () => half(sub(hardSwish(z), t.detach()))],
      [[a], () => half(sub(a, t.detach()))],
      [[e], () => half(e)],
    ];
    const slopes = rests.flatMap(([leaves, rest]) => {
      backward(rest());
      return leaves.map((one) => (one.grad as Tensor).detach());
    });
    return [w, x, b, t, p, z, a, e, L].map((one) => one.detach()).concat(slopes);
  });
  try {
    const numbers = (await device.read(results)).map((bytes) => new Float32Array(bytes)[0] as number);
    const names: readonly Name[] = [...INPUTS, ...NODES];
    const values = Object.fromEntries(names.map((name, i) => [name, numbers[i] as number]));
    const slopes = Object.fromEntries(names.map((name, i) => [name, numbers[names.length + i] ?? 1]));
    return { values: values as Values, slopes: slopes as Values };
  } finally {
    for (const one of results) one.dispose();
  }
}
