// XOR: the smallest problem that one straight line cannot solve.
// Two layers with an activation in between can. The table shows the output for all four inputs.
import {
  Adam,
  BCEWithLogitsLoss,
  backward,
  createDevice,
  Linear,
  noGrad,
  Sequential,
  scope,
  sigmoid,
  Tanh,
  tensor,
} from 'feathergrad';

const device = await createDevice();
const inputs = tensor(device, [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const wanted = tensor(device, [[0], [1], [1], [0]]);

const network = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1)).to(device, { seed: 5 });
const loss = new BCEWithLogitsLoss();
const optimizer = new Adam(network, { learningRate: 0.1 });
for (let step = 0; step < 80; step++) {
  network.zeroGrad();
  const error = scope(() => loss.call(network.call(inputs), wanted));
  backward(error);
  optimizer.step();
  if (step % 4 === 0) show({ loss: await error.item() }, { title: 'Loss' });
}
await show(
  scope(() => noGrad(() => sigmoid(network.call(inputs)))),
  { title: 'Probability of 1 for (0,0), (0,1), (1,0), (1,1)' },
);
