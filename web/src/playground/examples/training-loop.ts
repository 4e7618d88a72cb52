// A training loop of your own: recorded once, then replayed.
// capture() records the commands of one step. A replay creates nothing, so a step costs little time on the CPU.
import {
  Adam,
  AdaptiveAvgPool2d,
  backward,
  ConvNormActivation,
  createDevice,
  crossEntropy,
  Flatten,
  Linear,
  Sequential,
  scope,
} from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';

const [BATCH, SIDE, STEPS] = [16, 24, 24];
const device = await createDevice();
const source = new DrawnFaceSource({ seed: 1, length: BATCH * STEPS, classes: 2 });
const model = new Sequential(
  new ConvNormActivation(3, 8, 3, { stride: 2, activation: 'relu' }),
  new ConvNormActivation(8, 16, 3, { stride: 2, activation: 'relu' }),
  new AdaptiveAvgPool2d(),
  new Flatten(),
  new Linear(16, 2),
).to(device, { seed: 1 });
const optimizer = new Adam(model, { learningRate: 0.01 });
const reader = source.open(device, { batch: BATCH, side: SIDE });

const step = await device.capture(() =>
  scope(() => {
    const { images, labels } = reader.record();
    model.zeroGrad();
    const loss = crossEntropy(model.call(images), labels);
    backward(loss);
    optimizer.step();
    return loss;
  }),
);
console.log(step.dispatches, 'dispatches per step');
for (let i = 0; i < STEPS; i++) {
  reader.load(Array.from({ length: BATCH }, (_, k) => i * BATCH + k));
  show({ loss: await step.run().item() }, { title: 'Loss by step' });
}
