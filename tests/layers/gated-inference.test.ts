// At inference an attention block computes its gates in one dispatch, and the projection multiplies by them. The result is
// that of the float64 reference, and of the separate operations also where values are not finite.
import { afterAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { ConvNormActivation } from '../../src/layers/conv-norm-activation.ts';
import { CoordinateAttention } from '../../src/layers/coordinate-attention.ts';
import { type Attention, InvertedResidual } from '../../src/layers/inverted-residual.ts';
import { observe } from '../../src/layers/observe.ts';
import { tensor } from '../../src/tensor/create.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { scope } from '../../src/tensor/scope.ts';
import { noGrad } from '../../src/tensor/tape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type NdArray, randomNormal } from '../reference/array.ts';
import { expectClose } from '../reference/expect-close.ts';
import { invertedResidual, NetworkState } from '../reference/fer-mobilenetv3-layers.ts';
import { Value } from '../reference/tape.ts';
import { randomModuleState, writeModuleState } from '../support/check-module.ts';
import { onDevice } from '../support/check-op.ts';
import { openAsGpu, openDevice, testDevice } from '../support/device.ts';

const opened = new Map<() => Promise<Device>, Promise<Device>>();
const once = (open: () => Promise<Device>) => {
  const device = opened.get(open) ?? open();
  opened.set(open, device);
  return device;
};
const withoutSubgroups = () => openDevice({ without: ['subgroups'] });
afterAll(async () => {
  for (const device of opened.values()) (await device).destroy();
});

interface Case {
  attention: Attention;
  shape: [number, number, number, number];
  expanded: number;
  output: number;
  /** dispatches of the fused block; undefined where a kernel does not support the sizes */
  fused?: number;
}

const CASES: Case[] = [
  { attention: 'se', shape: [3, 7, 5, 8], expanded: 24, output: 8, fused: 4 },
  { attention: 'se', shape: [1, 1, 1, 8], expanded: 24, output: 4, fused: 4 },
  { attention: 'ca', shape: [3, 7, 5, 8], expanded: 24, output: 8, fused: 4 },
  { attention: 'se', shape: [2, 2, 3, 8], expanded: 300, output: 8, fused: 4 }, // more hidden values than threads
  { attention: 'ca', shape: [1, 2, 3, 8], expanded: 300, output: 4, fused: 4 },
  { attention: 'maxca', shape: [1, 1, 6, 8], expanded: 24, output: 4, fused: 4 },
  { attention: 'cpsca', shape: [3, 7, 5, 8], expanded: 24, output: 8, fused: 4 },
  { attention: 'cpsca', shape: [1, 1, 1, 8], expanded: 24, output: 4, fused: 4 },
  // odd numbers of channels: the gates, or the product, are computed by the separate kernels
  { attention: 'se', shape: [3, 3, 5, 6], expanded: 13, output: 8 },
  { attention: 'cpsca', shape: [3, 3, 5, 6], expanded: 13, output: 6 },
  { attention: 'ca', shape: [3, 3, 5, 8], expanded: 24, output: 7 },
];

const blockOf = ({ attention, shape, expanded, output }: Case) =>
  new InvertedResidual({
    input: shape[3],
    expanded,
    output,
    kernelSize: 3,
    attention,
    eps: 1e-3,
    momentum: 0.01,
  });

async function atInference(device: Device, module: InvertedResidual, x: Tensor) {
  await device.sync(); // counts what was recorded before
  const before = device.stats.dispatches;
  using y = scope(() => noGrad(() => module.call(x)));
  const data = Float32Array.from(await y.data());
  return { data, dispatches: device.stats.dispatches - before };
}

function expected(one: Case, input: NdArray, state: ReadonlyMap<string, NdArray>): NdArray {
  const { attention, shape, expanded: width, output } = one;
  const block = { inputs: shape[3], expanded: width, outputs: output, kernel: 3, stride: 1 } as const;
  const named = new Map([...state].map(([name, entry]) => [`m.${name}`, entry]));
  return invertedResidual(new NetworkState(named, 'eval'), new Value(input), 'm', {
    ...block,
    activation: 'hardSwish',
    attention,
  });
}

describe.each([
  ['the unchanged device', testDevice],
  ['without subgroups', withoutSubgroups],
  ['as on a GPU', openAsGpu],
] as const)('%s', (_, open) => {
  // kernels take long to compile as on a GPU
  test.each(open === testDevice ? CASES : CASES.filter(({ shape, fused }) => fused && shape[0] === 3))(
    '$attention, $shape, $expanded, $output',
    async (one) => {
      const device = await (open === testDevice ? open() : once(open));
      using module = blockOf(one).to(device).eval();
      const state = randomModuleState(module);
      writeModuleState(module, state);
      const input = randomNormal(one.shape, 1);
      using x = onDevice(device, input);
      const { data, dispatches } = await atInference(device, module, x);
      expectClose(data, expected(one, input, state).data, { rtol: 1e-4, atol: 1e-4 });
      if (one.fused) expect(dispatches).toBe(one.fused);
    },
  );

  test.each(open === openAsGpu ? (['cpsca'] as const) : (['se', 'cpsca'] as const))(
    '%s of values that are not finite',
    async (attention) => {
      const device = await (open === testDevice ? open() : once(open));
      const one: Case = { attention, shape: [5, 3, 4, 8], expanded: 24, output: 8 };
      using module = blockOf(one).to(device, { seed: 2 }).eval();
      const values = Float32Array.from(randomNormal(one.shape, 3).data);
      const image = values.length / 5;
      for (const [n, value] of [Number.NaN, Infinity, -Infinity, 3e38].entries())
        values[n * image + 37] = value;
      using x = tensor(device, values, { shape: one.shape });
      const { data } = await atInference(device, module, x);
      // where every layer is observed, each computes its output
      const seen: string[] = [];
      const watched = observe(
        (layer) => seen.push(layer.type),
        () => scope(() => noGrad(() => module.call(x))),
      );
      expect(seen.filter((type) => /Attention|Excitation/.test(type))).toHaveLength(1);
      expect(Float32Array.from(await watched.data())).toEqual(data);
      watched.dispose();
      using layered = module.call(x); // taped, hence not fused
      const separate = Float32Array.from(await layered.data());
      expect(data.map((v) => (Number.isFinite(v) ? 0 : v))).toEqual(
        separate.map((v) => (Number.isFinite(v) ? 0 : v)),
      );
      expect(data.subarray(4 * image).every(Number.isFinite)).toBe(true);
    },
  );
});

test('f16 activations', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  using attention = new CoordinateAttention(24, { pooling: 'complementary' }).to(device, { seed: 1 }).eval();
  using project = new ConvNormActivation(24, 8, 1).to(device, { seed: 2 }).eval();
  using x = onDevice(device, randomNormal([1, 2, 2, 24], 1));
  const { full, half } = scope(() =>
    noGrad(() => {
      const [x16, gates] = [cast(x, 'f16'), attention.fusedGates(x) as Tensor];
      const gates16 = attention.fusedGates(x16) as Tensor;
      return { full: project.gated(x, gates), half: cast(project.gated(x16, gates16) as Tensor, 'f32') };
    }),
  );
  expectClose(await half.data(), Float64Array.from(await (full as Tensor).data()), {
    rtol: 1e-2,
    atol: 1e-2,
  });
  half.dispose();
  full?.dispose();
});

test('an adapter that binds eight buffers multiplies by the gates separately', async () => {
  const device = await openDevice();
  const { gpu } = device;
  Object.defineProperty(device, 'limits', {
    value: new Proxy(gpu.limits, {
      get: (limits, name) =>
        name === 'maxStorageBuffersPerShaderStage' ? 8 : Reflect.get(limits, name, limits),
    }),
  });
  const one: Case = { attention: 'ca', shape: [2, 3, 2, 8], expanded: 24, output: 8 };
  const module = blockOf(one).to(device).eval();
  const state = randomModuleState(module);
  writeModuleState(module, state);
  const input = randomNormal(one.shape, 1);
  const { data, dispatches } = await atInference(device, module, onDevice(device, input));
  expect(dispatches).toBe(5);
  expectClose(data, expected(one, input, state).data, { rtol: 1e-4, atol: 1e-4 });
  device.destroy();
});
