// Batch norm: each channel gets mean 0 and variance 1.
// In training the statistics are those of the batch; afterwards the layer uses running averages.
import { add, BatchNorm2d, createDevice, mean, mul, randn, sub, tensor } from 'feathergrad';

const device = await createDevice();
const scale = tensor(device, [1, 10, 0.1]);
const shift = tensor(device, [5, 0, -2]);
const x = add(mul(randn(device, [4, 8, 8, 3], { seed: 1 }), scale), shift);
const layer = new BatchNorm2d(3).to(device);

async function report(title: string, y: typeof x) {
  const middle = mean(y, [0, 1, 2]);
  const variance = mean(mul(sub(y, middle), sub(y, middle)), [0, 1, 2]);
  await show(middle, { title: `${title}: mean of each channel` });
  await show(variance, { title: `${title}: variance of each channel` });
}
await report('Before', x);
await report('After, in training', layer.call(x));
layer.eval();
await report('After, in evaluation (only one batch was seen)', layer.call(x));
