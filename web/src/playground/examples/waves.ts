// Waves: a function of two variables as a heat map.
// The whole formula is computed for 64 × 64 points at once.
import { add, createDevice, mul, sin, sqrt, tensor } from 'feathergrad';

const device = await createDevice();
const SIDE = 64;
const places = Array.from({ length: SIDE }, (_, i) => (i / (SIDE - 1) - 0.5) * 12);
const x = tensor(device, places, { shape: [1, SIDE] });
const y = tensor(device, places, { shape: [SIDE, 1] });

const distance = sqrt(add(mul(x, x), mul(y, y)));
await show(sin(mul(distance, 3)), { title: 'sin(3 · distance from the center)' });
await show(mul(sin(x), sin(y)), { title: 'sin(x) · sin(y)' });
