// Gradients: how much does the result change if an input changes a little?
// backward() computes the answer for all inputs at once. Here it is 2 · w, divided by the number of elements.
import { backward, createDevice, mean, mul, tensor } from 'feathergrad';

const device = await createDevice();
const w = tensor(device, [1, 2, 3, 4], { requiresGrad: true });
const loss = mean(mul(w, w));
backward(loss);
console.log('loss', await loss.item());
if (w.grad) await show(w.grad, { title: 'The gradient: 2 · w / 4' });

// the same number for the third element, from a small step in both directions
const STEP = 0.01;
const lossAt = (third: number) => (1 + 4 + third * third + 16) / 4;
console.log('central difference', (lossAt(3 + STEP) - lossAt(3 - STEP)) / (2 * STEP));
