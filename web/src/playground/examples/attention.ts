// Coordinate attention: one gate per row and one per column.
// With random weights the gates are arbitrary, but you can see their cross-shaped pattern.
import { CoordinateAttention, createDevice, div, mean, noGrad, rand } from 'feathergrad';

const device = await createDevice();
const x = rand(device, [1, 16, 16, 8], { seed: 1 });
const layer = new CoordinateAttention(8, { pooling: 'complementary', reduction: 1 }).to(device, { seed: 2 });
const y = noGrad(() => layer.eval().call(x));
await show(mean(x, -1, true), { title: 'Input, mean of the channels', as: 'heat' });
await show(mean(div(y, x), -1, true), { title: 'The gate at each place', as: 'heat' });
