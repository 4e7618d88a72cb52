// Downhill: gradient descent finds the lowest point of a bowl.
// Try other learning rates: 0.02 is slow, 0.24 swings from side to side, 0.26 runs away.
import { add, backward, createDevice, mul, noGrad, scope, sub, sum, tensor } from 'feathergrad';

const LEARNING_RATE = 0.1;
const device = await createDevice();
let place = tensor(device, [3, -2], { requiresGrad: true });
const stretch = tensor(device, [1, 4]); // the bowl is steeper along the second axis

for (let step = 0; step < 30; step++) {
  const height = scope(() => sum(mul(stretch, mul(place, place))));
  backward(height);
  show({ height: await height.item() }, { title: 'Height by step' });
  const { grad } = place;
  if (!grad) break;
  const next = noGrad(() => add(sub(place, mul(grad, LEARNING_RATE)), 0));
  place = next.detach();
  place.requiresGrad = true;
}
await show(place, { title: 'The last place; the lowest one is (0, 0)' });
