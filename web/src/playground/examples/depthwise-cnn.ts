// Train a depthwise CNN on drawn faces.
// The network tells three expressions apart. Every epoch has new faces, so it cannot learn them by heart.
import {
  Adam,
  AdaptiveAvgPool2d,
  ConvNormActivation,
  CosineAnnealingLR,
  CrossEntropyLoss,
  createDevice,
  DepthwiseNormActivation,
  Flatten,
  fit,
  Linear,
  Sequential,
} from 'feathergrad';
import { DrawnFaceSource } from 'feathergrad/data';

const EPOCHS = 4;
const device = await createDevice();
const train = new DrawnFaceSource({ seed: 1, length: 128, classes: 3 });
const valid = new DrawnFaceSource({ seed: 2, length: 64, classes: 3 });

const model = new Sequential(
  new ConvNormActivation(3, 12, 3, { stride: 2, activation: 'relu' }), // [N, 16, 16, 12]
  new DepthwiseNormActivation(12, 3, { stride: 2, activation: 'relu' }), // [N, 8, 8, 12]
  new ConvNormActivation(12, 24, 1, { activation: 'relu' }),
  new DepthwiseNormActivation(24, 3, { activation: 'relu' }),
  new ConvNormActivation(24, 32, 1, { activation: 'relu' }),
  new AdaptiveAvgPool2d(),
  new Flatten(),
  new Linear(32, 3),
).to(device, { seed: 1 });
console.log(model.parameterCount(), 'parameters');

const run = fit(model, {
  train,
  valid,
  loss: new CrossEntropyLoss(),
  optimizer: new Adam(model, { learningRate: 0.02 }),
  schedule: new CosineAnnealingLR(0.02),
  batch: 16,
  side: 32,
  epochs: EPOCHS,
  seed: 1,
});
for await (const event of run) {
  if (event.kind !== 'epoch') continue;
  show({ training: event.trainLoss, validation: event.valid?.loss ?? 0 }, { title: 'Loss by epoch' });
  console.log(`epoch ${event.epoch}: ${(100 * (event.valid?.accuracy ?? 0)).toFixed(0)} % correct`);
}
