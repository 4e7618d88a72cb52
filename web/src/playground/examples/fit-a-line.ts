// Fit a line: find slope and intercept from noisy points.
// The points were made with slope 2 and intercept −1. Stochastic gradient descent finds both.
import { add, backward, createDevice, Linear, MSELoss, mul, rand, randn, SGD, scope } from 'feathergrad';

const device = await createDevice();
const x = rand(device, [64, 1], { seed: 1 });
const y = add(add(mul(x, 2), -1), mul(randn(device, [64, 1], { seed: 2 }), 0.05));

const line = new Linear(1, 1).to(device, { seed: 3 });
const loss = new MSELoss();
const optimizer = new SGD(line, { learningRate: 0.3, momentum: 0.8 });
for (let step = 0; step < 60; step++) {
  line.zeroGrad();
  const error = scope(() => loss.call(line.call(x), y));
  backward(error);
  optimizer.step();
  if (step % 2 === 0) show({ error: await error.item() }, { title: 'Mean squared error' });
}
console.log('slope', (await line.weight.value.data())[0], '(expected about 2)');
console.log('intercept', (await line.bias?.value.data())?.[0], '(expected about −1)');
