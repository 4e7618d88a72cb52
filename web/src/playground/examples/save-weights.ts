// Save and load weights in the safetensors format.
// PyTorch reads the same file, since names and layouts are PyTorch's.
import { createDevice, Linear, ReLU, randn, Sequential } from 'feathergrad';
import { decodeWeights, encodeSafetensors, tensorsOf } from 'feathergrad/formats';

const device = await createDevice();
const make = (seed: number) =>
  new Sequential(new Linear(6, 8), new ReLU(), new Linear(8, 2)).to(device, { seed });
const [first, second] = [make(1), make(2)];
const x = randn(device, [1, 6], { seed: 3 });
await show(first.call(x), { title: 'First network' });
await show(second.call(x), { title: 'Second network, other weights' });

const file = encodeSafetensors(tensorsOf(await first.stateDict()));
console.log('The file has', file.byteLength, 'bytes.');
second.loadStateDict(decodeWeights(file).state);
await show(second.call(x), { title: 'Second network, with the weights of the first' });
