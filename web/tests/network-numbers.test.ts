// The page over a whole network: every operator of every network, its numbers computed again, and its gradients.
import { readFileSync } from 'node:fs';
import { type Device, type Tensor, tensor } from 'feathergrad';
import { expect, test } from 'vitest';
import * as models from '../../src/models/index.ts';
import { testDevice } from '../../tests/support/device.ts';
import { explain } from '../src/network/explain.ts';
import type { Place } from '../src/network/explanation.ts';
import { globalGradient, localGradient } from '../src/network/gradients.ts';
import { kernelsOf, MARKS } from '../src/network/kernels.ts';
import { isGate, type Step, sizeOf, Trace } from '../src/network/trace.ts';

// the app's files have the types of the built package, but run on the source here
const { getModel, listModels } = models as unknown as typeof import('feathergrad/models');

const SIDE = 32;

async function traced(name: Parameters<typeof getModel>[0]): Promise<{ trace: Trace; image: Tensor }> {
  const device = (await testDevice()) as unknown as Device;
  const model = getModel(name, { classes: 3, side: SIDE }).to(device, { seed: 1 });
  const pixels = Float32Array.from(
    { length: SIDE * SIDE * 3 },
    (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011),
  );
  const image = tensor(device, pixels, { shape: [1, SIDE, SIDE, 3] });
  return { trace: new Trace(model, image), image };
}

function places(step: Step): Place[] {
  const { height, width, channels } = sizeOf(step.output);
  return [
    { channel: 0, row: 0, column: 0 },
    { channel: channels - 1, row: height - 1, column: width - 1 },
    { channel: channels >> 1, row: height >> 1, column: width >> 1 },
  ];
}

// resnet18 has the operators of resnet20, and eleven million weights
test.each(listModels().filter((name) => name !== 'resnet18'))(
  '%s: every operator is explained',
  async (name) => {
    const { trace, image } = await traced(name);
    expect(trace.blocks.length).toBeGreaterThan(1);
    for (const step of trace.blocks.flatMap(({ operators }) => operators)) {
      for (const place of places(step)) {
        const found = await explain(trace, step, place);
        const what = `${step.path} (${step.module.type}) at ${JSON.stringify(place)}`;
        expect(found, what).not.toBeNull();
        if (!found) continue;
        const size = found.terms.reduce((sum, { product }) => sum + Math.abs(product), 0);
        // resnet20's shortcut pads channels, which no module does, so its sum is not complete
        const isOpen = name === 'resnet20' && /\.bn2$/.test(step.path);
        if (!isOpen)
          expect(Math.abs(found.computed - found.kernel), what).toBeLessThan(1e-4 * Math.max(1, size));
      }
    }
    trace.dispose();
    image.dispose();
  },
);

test('gradients: the kernel’s agree with the calculation, and reach the image', async () => {
  const { trace, image } = await traced('fer_mobilenetv3');
  const operators = trace.blocks.flatMap((block) => block.operators);
  const convolution = operators.find(({ path }) => path === 'features.3.block.1.0') as Step;
  const place = { channel: 4, row: 2, column: 1 };
  const [found, local] = await Promise.all([
    explain(trace, convolution, place),
    localGradient(convolution, place),
  ]);
  const { width, channels } = sizeOf(convolution.input);
  for (const { from, isInside, x, w, weightAt } of found?.terms ?? []) {
    expect(local.weight?.[weightAt]).toBeCloseTo(isInside ? x : 0, 5);
    if (isInside)
      expect(local.input[(from.row * width + from.column) * channels + from.channel]).toBeCloseTo(w ?? 0, 5);
  }
  const everything = await globalGradient(trace, convolution, place);
  expect(everything.image.some((value) => value !== 0)).toBe(true);
  expect(everything.layers.map(({ path }) => path)).toContain('features.0.0');
  expect(everything.layers.some(({ path }) => path.startsWith('features.4'))).toBe(false);
  trace.dispose();
  image.dispose();
});

test('the operators’ kernels are known, and each mark matches a line of its source', async () => {
  const source = (name: string) =>
    readFileSync(new URL(`../../src/kernels/wgsl/${name}.wgsl`, import.meta.url), 'utf8').split('\n');
  for (const [name, mark] of Object.entries(MARKS)) {
    const isMarked = (line: string) => (typeof mark === 'string' ? line.includes(mark) : mark.test(line));
    expect(source(name).some(isMarked), name).toBe(true);
  }
  const { trace, image } = await traced('fer_mobilenetv3');
  const seen = new Set<string>();
  for (const step of trace.blocks.flatMap(({ operators }) => operators)) {
    if (seen.has(step.module.type)) continue;
    seen.add(step.module.type);
    const kernels = await kernelsOf(image.device, step);
    if (step.module.type === 'Dropout') continue;
    expect(kernels.length, step.path).toBeGreaterThan(0);
    if (!isGate(step.module)) expect(Object.keys(MARKS), step.path).toContain(kernels.at(-1));
  }
  trace.dispose();
  image.dispose();
});
