// Check a gradient: compare backward() with small steps in every direction.
// gradcheck tries each element of each input and names the worst difference.
import { createDevice, div, exp, gradcheck, mul, randn, sigmoid, type Tensor } from 'feathergrad';

const device = await createDevice();
const inputs = [randn(device, [2, 3], { seed: 1 }), randn(device, [1, 3], { seed: 2 })];

const op = (a: Tensor, b: Tensor): Tensor => div(mul(sigmoid(a), exp(b)), 3);
const { passed, checked, worst } = await gradcheck((a, b) => op(a as Tensor, b as Tensor), inputs);
console.log(passed ? 'passed' : 'failed', '·', checked, 'slopes were compared');
console.log('worst: input', worst.input, 'at', worst.index);
console.log('backward', worst.tape, '· difference', worst.difference);
