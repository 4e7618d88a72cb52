// A kernel of your own, in WGSL.
// The second tab has the kernel. One thread computes one number; the names of its variables are used below.
import { createDevice, empty, Kernel, tensor } from 'feathergrad';
import source from './kernel.wgsl';

const device = await createDevice();
const numbers = Array.from({ length: 41 }, (_, i) => (i - 20) / 4);
const x = tensor(device, numbers);
const y = empty(device, x.shape);

const softsign = new Kernel('my_softsign', source);
device.dispatch(softsign, {
  label: 'softsign',
  bind: { x, y },
  params: { count: x.size },
  threads: x.size,
});
for (const [i, value] of (await y.data()).entries()) {
  show({ softsign: value, x: Math.max(-1, Math.min(1, numbers[i] ?? 0)) }, { title: 'From −5 to 5' });
}
