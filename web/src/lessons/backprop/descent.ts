import { add, backward, type Device, mul, scope, sub, type Tensor, tensor } from 'feathergrad';
import { breather } from '../../lib/breathe.ts';

export const STEPS = 40;
const RATE = 0.1;
const X = 1;
const T = 2;

/**
 * Minimizes ½ (w x − t)² + ½ w² from w = 0.5 by gradient descent and returns w after each step and the last loss.
 * @param isAdded whether the slopes of both uses of w are added, or only that of the second is kept
 */
export async function descend(device: Device, isAdded: boolean): Promise<{ path: number[]; loss: number }> {
  const made = [tensor(device, [0.5])];
  const path: Tensor[] = [];
  const breathe = breather();
  try {
    let loss = made[0] as Tensor;
    while (path.length < STEPS) {
      const step = scope(() => stepFrom(made.at(-1) as Tensor, isAdded));
      made.push(step.loss, step.w);
      path.push(step.w);
      loss = step.loss;
      await breathe();
    }
    const numbers = (await device.read([...path, loss])).map((bytes) => new Float32Array(bytes)[0] as number);
    return { path: numbers.slice(0, -1), loss: numbers.at(-1) as number };
  } finally {
    for (const one of made) one.dispose();
  }
}

/** Returns w after one step from `before`, and the loss at `before`. */
function stepFrom(before: Tensor, isAdded: boolean): { w: Tensor; loss: Tensor } {
  const w = before.detach();
  w.requiresGrad = true;
  const e = sub(mul(isAdded ? w : w.detach(), X), T);
  const loss = add(mul(mul(e, e), 0.5), mul(mul(w, w), 0.5));
  backward(loss);
  return { w: sub(w.detach(), mul(w.grad as Tensor, RATE)).detach(), loss: loss.detach() };
}
