// A GPU runs thousands of threads at once. At batch 1 the late layers of a network have few results, so the rules for GPUs
// (src/tensor/variants/gpu-rules.ts) split their work. Only recorded: nothing is compiled or run.
import { afterAll, expect, test } from 'vitest';
import { type DispatchWork, isStarved, recordedWork } from '../../bench/lib/dispatch-work.ts';
import type { Device } from '../../src/gpu/device.ts';
import { Adam, backward, CrossEntropyLoss, noGrad, randn, scope, zeros } from '../../src/index.ts';
import { getModel } from '../../src/models/index.ts';
import type { ModelName } from '../../src/models/names.ts';
import { openAsGpu } from '../support/device.ts';

let opened: Promise<Device> | undefined;
const gpu = () => (opened ??= openAsGpu());
afterAll(async () => (await opened)?.destroy());

/** The dispatches of an inference at batch 1. */
function inference(device: Device, name: ModelName, side: number): DispatchWork[] {
  const model = getModel(name).to(device).eval();
  const x = randn(device, [1, side, side, 3], { seed: 1 });
  const works = recordedWork(device, () => scope(() => noGrad(() => void model.call(x))));
  model.dispose();
  x.dispose();
  return works;
}

/** The dispatches of a training step. */
function trainingStep(device: Device, name: ModelName, batch: number, side: number): DispatchWork[] {
  const model = getModel(name).to(device);
  const x = zeros(device, [batch, side, side, 3]);
  const labels = zeros(device, [batch], 'u32');
  const optimizer = new Adam(model.parameters());
  const works = recordedWork(device, () =>
    scope(() => {
      backward(new CrossEntropyLoss().call(model.call(x), labels));
      optimizer.step();
    }),
  );
  optimizer.dispose();
  for (const one of [model, x, labels]) one.dispose();
  return works;
}

const NETWORKS: readonly ModelName[] = ['fer_mobilenetv3', 'mobilenet_v2', 'resnet18'];

test.each(NETWORKS.flatMap((name) => [48, 224].map((side) => [name, side] as const)))(
  'no dispatch of %s at %i pixels starves a GPU',
  async (name, side) => {
    const works = inference(await gpu(), name, side);
    expect(works.filter(isStarved)).toEqual([]);
    // the convolutions are counted at all
    expect(works.reduce((sum, { macs }) => sum + macs, 0)).toBeGreaterThan(3e6);
  },
);

test.each(
  NETWORKS.flatMap((name) =>
    [
      [32, 48],
      [8, 112],
    ].map(([batch, side]) => [name, batch as number, side as number] as const),
  ),
)('no dispatch of a training step of %s, batch %i at %i pixels, starves a GPU', async (name, batch, side) => {
  const works = trainingStep(await gpu(), name, batch, side);
  expect(works.filter(isStarved)).toEqual([]);
  // gradients are two thirds of the work of a step
  const forward = works.filter(
    ({ kernel, label }) => !/grad|matmul_tn/.test(kernel) && !/gradient/.test(label),
  );
  const sumOf = (list: DispatchWork[]) => list.reduce((sum, { macs }) => sum + macs, 0);
  expect(sumOf(works)).toBeGreaterThan(2 * sumOf(forward));
});

test('without the rules there are starved dispatches', async () => {
  const device = await gpu();
  const { rules } = device;
  device.rules = null;
  expect(inference(device, 'fer_mobilenetv3', 48).some(isStarved)).toBe(true);
  device.rules = rules;
});
