// Your own op with its gradient, checked against central differences.
// The kernel in the second tab computes the gradient of swish, x · sigmoid(x). Break it, and the check fails.
import {
  backward,
  createDevice,
  differentiable,
  empty,
  gradcheck,
  Kernel,
  mul,
  randn,
  sigmoid,
  sum,
  type Tensor,
  tensor,
} from 'feathergrad';
import source from './kernel.wgsl';

const device = await createDevice();
const gradient = new Kernel('my_swish_grad', source);

function swish(x: Tensor): Tensor {
  const plain = x.detach(); // the op records its own gradient, so the tape does not need these two operations
  return differentiable('swish', mul(plain, sigmoid(plain)), [x], (save) => {
    const saved = save(x);
    return (dy) => {
      const dx = empty(device, x.shape);
      const bind = { x: saved, dy, dx };
      device.dispatch(gradient, {
        label: 'swish gradient',
        bind,
        params: { count: x.size },
        threads: x.size,
      });
      return [dx];
    };
  });
}

const { passed, checked, worst } = await gradcheck(
  (x) => swish(x as Tensor),
  [randn(device, [4, 5], { seed: 1 })],
);
console.log(passed ? 'The gradient is correct:' : 'The gradient is wrong:', checked, 'slopes were compared.');
console.log('Worst element: kernel', worst.tape, '· central difference', worst.difference);

const x = tensor(device, [-4, -2, -1, 0, 1, 2, 4], { requiresGrad: true });
backward(sum(swish(x)));
if (x.grad) await show(x.grad, { title: 'Slope at −4, −2, −1, 0, 1, 2, 4' });
