// Runs in its own process: measures the time until the first training step is done. Prints one line of JSON.
import { createDevice } from '../../src/node/index.ts';
import { InferenceSession, TrainingSession } from '../lib/feathergrad.ts';
import { benchmarkBatch, benchmarkWeights } from '../lib/weights.ts';

const work = process.argv[2] === 'inference' ? 'inference' : 'training step';
const batch = Number(process.argv[3]);
const side = Number(process.argv[4]);
const weights = benchmarkWeights();
const { images, labels } = benchmarkBatch(batch, side);

const start = performance.now();
const device = await createDevice();
const opened = performance.now();
const session =
  work === 'inference'
    ? await InferenceSession.open(device, weights, batch, side)
    : await TrainingSession.open(device, weights, batch, side);
const compiled = performance.now();
if (session instanceof TrainingSession) await session.step(images, labels);
else await session.run(images);
const done = performance.now();
console.log(
  JSON.stringify({
    work,
    batch,
    side,
    device: opened - start,
    compile: compiled - opened,
    run: done - compiled,
    total: done - start,
    pipelines: device.stats.pipelinesCreated,
  }),
);
session.dispose();
device.destroy();
