// Optimizers: three of them run down the same narrow valley.
// The loss is Rosenbrock's banana function, whose lowest point is (1, 1).
import {
  Adam,
  add,
  backward,
  createDevice,
  type Device,
  Linear,
  mul,
  ones,
  RMSprop,
  SGD,
  scope,
  slice,
  sub,
  sum,
  type Tensor,
} from 'feathergrad';

const device: Device = await createDevice();

/** (1 − x)² + 10 (y − x²)² at point = [[x, y]] */
function banana(point: Tensor): Tensor {
  const x = slice(point, [0, 0], [1, 1]);
  const y = slice(point, [0, 1], [1, 2]);
  const [across, along] = [sub(y, mul(x, x)), sub(1, x)];
  return sum(add(mul(along, along), mul(mul(across, across), 10)));
}

const one = ones(device, [1, 1]);
const makers = {
  SGD: (layer: Linear) => new SGD(layer, { learningRate: 0.01, momentum: 0.5 }),
  Adam: (layer: Linear) => new Adam(layer, { learningRate: 0.1 }),
  RMSprop: (layer: Linear) => new RMSprop(layer, { learningRate: 0.02 }),
};
const runners = Object.entries(makers).map(([name, make]) => {
  const layer = new Linear(1, 2, { bias: false }).to(device, { seed: 4 }); // its two weights are the point
  return { name, layer, optimizer: make(layer) };
});
for (let step = 0; step < 25; step++) {
  const losses: Record<string, number> = {};
  for (const { name, layer, optimizer } of runners) {
    layer.zeroGrad();
    const loss = scope(() => banana(layer.call(one)));
    backward(loss);
    optimizer.step();
    losses[name] = await loss.item();
  }
  show(losses, { title: 'Height above the valley floor' });
}
