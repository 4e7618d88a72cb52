// A GPU runs thousands of threads at once. At batch 1 the late layers of a network have few results, so the rules for GPUs
// (src/tensor/variants/gpu-rules.ts) split their work. Only recorded: nothing is compiled or run.
import { afterAll, expect, test } from 'vitest';
import { type DispatchWork, isStarved, recordedWork } from '../../bench/lib/dispatch-work.ts';
import type { Device } from '../../src/gpu/device.ts';
import { noGrad, randn, scope } from '../../src/index.ts';
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

test('without the rules there are starved dispatches', async () => {
  const device = await gpu();
  const { rules } = device;
  device.rules = null;
  expect(inference(device, 'fer_mobilenetv3', 48).some(isStarved)).toBe(true);
  device.rules = rules;
});
