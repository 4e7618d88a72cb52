import { add, backward, type Device, mul, scope, sub, type Tensor, tensor } from 'feathergrad';

export const STEPS = 40;
const RATE = 0.1;
const X = 1;
const T = 2;

/**
 * Minimizes ½ (w x − t)² + ½ w² from w = 0.5 by gradient descent and returns w after each step and the last loss.
 * @param isAdded whether the slopes of both uses of w are added, or only that of the second is kept
 */
export async function descend(device: Device, isAdded: boolean): Promise<{ path: number[]; loss: number }> {
  const results = scope(() => {
    let w = tensor(device, [0.5]);
    const list: Tensor[] = [];
    let last = w;
    for (let step = 0; step < STEPS; step++) {
      w.requiresGrad = true;
      const e = sub(mul(isAdded ? w : w.detach(), X), T);
      const fit = mul(mul(e, e), 0.5);
      last = add(fit, mul(mul(w, w), 0.5));
      backward(last);
      w = sub(w.detach(), mul(w.grad as Tensor, RATE)).detach();
      list.push(w);
    }
    return [...list, last.detach()];
  });
  try {
    const numbers = (await device.read(results)).map((bytes) => new Float32Array(bytes)[0] as number);
    return { path: numbers.slice(0, -1), loss: numbers.at(-1) as number };
  } finally {
    for (const one of results) one.dispose();
  }
}
