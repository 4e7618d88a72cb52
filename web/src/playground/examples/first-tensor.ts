// First tensor: a grid of numbers on your GPU.
// An operation such as mul() only queues work; the GPU runs it when a result is read.
import { add, createDevice, mul, tensor } from 'feathergrad';

const device = await createDevice();
console.log('This code runs on', device.description);

const a = tensor(device, [
  [1, 2, 3],
  [4, 5, 6],
]);
const b = add(mul(a, a), 1); // every number squared, plus 1
await show(a, { title: 'a' });
await show(b, { title: 'b = a · a + 1' });
