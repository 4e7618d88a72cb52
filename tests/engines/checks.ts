// Checks that must give the same results in every engine: predict, run all ops forward and backward, train, and compile
// every kernel. They run wherever WebGPU does, so this file imports nothing from Node; scripts/test-engines.mjs bundles
// it and compares the reports.
import type { Device } from '../../src/gpu/device.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import { unroll } from '../../src/gpu/unroll.ts';
import * as fg from '../../src/index.ts';
import * as kernels from '../../src/kernels/index.ts';
import { SOFTWARE_TEXTS } from '../../src/kernels/software.ts';
import { VARIANT_TEXTS } from '../../src/kernels/variants.ts';
import { callsOn } from '../support/op-calls.ts';

/** WGSL and override constants of one pipeline. */
export interface PipelineText {
  label: string;
  code: string;
  constants: Record<string, number>;
}

/** The results of one engine, as JSON. */
export interface EngineReport {
  adapter: string;
  features: string[];
  /** probabilities of the shipped weights for one image */
  prediction: number[];
  /** by op and call: the result, then the gradient of each operand */
  ops: Record<string, number[][]>;
  /** loss of each of 20 steps, and the first parameters after them */
  training: { losses: number[]; parameters: number[] };
  /** kernel specializations that the engine rejected, with the reason */
  refused: string[];
  compiled: number;
  /** median of ten reads of one number, in milliseconds */
  readMilliseconds: number;
  /** wall-clock time by section */
  seconds: Record<string, number>;
}

const STEPS = 20;
const BATCH = 4;
const SIDE = 32;

/** Runs all checks on a device; `pipelines` are compiled besides those that the checks need. */
export async function checkEngine(
  device: Device,
  pipelines: readonly PipelineText[] = [],
): Promise<EngineReport> {
  const seconds: Record<string, number> = {};
  const timed = async <T>(section: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    seconds[section] = Math.round((performance.now() - start) / 100) / 10;
    console.log(`  ${section}: ${seconds[section]} s`);
    return result;
  };
  const prediction = await timed('prediction', () => predict(device));
  const readMilliseconds = await timed('read', () => readTime(device));
  const ops = await timed('ops', () => runOps(device));
  const training = await timed('training', () => train(device));
  await timed('variants', () => runVariants(device));
  const refused = await timed('kernels', () => refusedOf(device, pipelines));
  return {
    adapter: device.description,
    features: [...device.features].sort(),
    prediction,
    ops,
    training,
    refused,
    compiled: pipelines.length - refused.length,
    readMilliseconds,
    seconds,
  };
}

async function predict(device: Device): Promise<number[]> {
  const model = await fg.FerMobileNetV3.pretrained(device);
  const side = 64;
  const data = new Uint8ClampedArray(4 * side * side);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : (i * 37 + (i >> 6) * 11) % 256;
  const found = await model.predict({ data, width: side, height: side } as ImageData);
  model.dispose();
  const byLabel = [...found].sort((a, b) => (a.label < b.label ? -1 : 1));
  return byLabel.map(({ probability }) => probability);
}

async function readTime(device: Device): Promise<number> {
  const x = fg.ones(device, [1]);
  await x.item();
  await new Promise((done) => setTimeout(done, 300)); // a device may need some time to detect how to wait
  const times: number[] = [];
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await x.item();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[5] as number;
}

async function runOps(device: Device): Promise<EngineReport['ops']> {
  const leaves: fg.Tensor[] = [];
  const results: EngineReport['ops'] = {};
  const calls = callsOn(device, (leaf) => leaves.push(leaf));
  for (const [name, list] of Object.entries(calls)) {
    for (const [i, call] of list.entries()) {
      const y = call();
      const tensors = [y];
      if (y.requiresGrad) {
        fg.backward(y, { gradient: fg.rand(device, y.shape, { seed: 5, low: 0.5, high: 1.5 }) });
        for (const { grad } of leaves) if (grad) tensors.push(grad);
      }
      const values: number[][] = [];
      for (const one of tensors) values.push(Array.from(await one.data()));
      results[`${name} ${i + 1}`] = values;
      y.dispose();
      for (const leaf of leaves) {
        leaf.grad?.dispose();
        leaf.grad = null;
      }
    }
  }
  return results;
}

async function train(device: Device): Promise<EngineReport['training']> {
  const model = new fg.FerMobileNetV3({ dropout: 0.1 }).to(device, { seed: 3 }).train();
  const optimizer = new fg.SGD(model, { momentum: 0.9 });
  const x = fg.randn(device, [BATCH, SIDE, SIDE, 3], { seed: 1 });
  const labels = fg.tensor(device, Uint32Array.of(0, 3, 5, 7));
  const step = await device.capture(() =>
    fg.scope(() => {
      model.zeroGrad();
      const loss = fg.crossEntropy(model.call(x), labels);
      fg.backward(loss);
      optimizer.step();
      return loss;
    }),
  );
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) losses.push(await step.run().item());
  const state = await model.stateDict();
  const [first] = state.values();
  const parameters = Array.from(first?.data ?? []).slice(0, 64);
  step.dispose();
  model.dispose();
  return { losses, parameters };
}

/** One pass of two variants: fused inference, half precision, and a backward pass without a capture. */
async function runVariants(device: Device): Promise<void> {
  for (const variant of ['paper', 'reduced-maxca'] as const) {
    fg.scope(() => {
      const model = new fg.FerMobileNetV3({ variant }).to(device);
      const x = fg.randn(device, [1, SIDE, SIDE, 3], { seed: 2 });
      fg.noGrad(() => model.eval().call(x));
      if (device.features.has('shader-f16')) {
        model.activations = 'f16';
        fg.noGrad(() => model.call(x));
      }
      model.train();
      fg.backward(fg.sum(model.call(fg.concat([x, x], 0))));
      model.dispose();
    });
    await device.sync();
  }
}

/** Labels of the pipelines that the device rejects, each with the reason. */
async function refusedOf(device: Device, pipelines: readonly PipelineText[]): Promise<string[]> {
  const refused: string[] = [];
  const { gpu } = device;
  for (const { label, code, constants } of pipelines) {
    const wanted = [...code.matchAll(/enable (\w+);/g)].map(([, name]) => FEATURES[name as string] ?? name);
    if (wanted.some((name) => !device.features.has(name as string))) continue;
    gpu.pushErrorScope('validation');
    const module = gpu.createShaderModule({ code });
    const compute = { module, entryPoint: 'main', constants };
    const reason = await gpu.createComputePipelineAsync({ layout: 'auto', compute }).then(
      () => null,
      (error: unknown) => String((error as Error).message ?? error),
    );
    await gpu.popErrorScope();
    if (reason !== null) refused.push(`${label}: ${reason}`);
  }
  return refused;
}

/** Every kernel of the table as it is in its file, for single numbers instead of vectors, and in half precision. */
export function plainPipelines(): PipelineText[] {
  const all = [
    ...Object.values(kernels),
    ...Object.entries({ ...VARIANT_TEXTS, ...SOFTWARE_TEXTS }).map(([name, text]) => new Kernel(name, text)),
  ].filter((value) => value instanceof Kernel);
  return all.flatMap((kernel) => {
    const has = (name: string) => new RegExp(`\\balias ${name}\\b`).test(kernel.source);
    const forms: Record<string, string>[] = [{}];
    if (has('Vec')) forms.push({ Vec: 'f32', ...(has('Index') && { Index: 'u32' }) });
    if (has('Number')) forms.push({ Number: 'f16' });
    return forms.map((form) => ({
      label: `${kernel.name} ${JSON.stringify(form)}`,
      code: unroll(kernel.specialize(form)),
      constants: {},
    }));
  });
}

/** WebGPU's name of the feature for an `enable` directive of WGSL. */
const FEATURES: Record<string, string> = { f16: 'shader-f16', subgroups: 'subgroups' };

/** Records the text of every pipeline that is created on the device from here on. */
export function notePipelines(device: Device): PipelineText[] {
  const { gpu } = device;
  const noted = new Map<string, PipelineText>();
  const codes = new WeakMap<GPUShaderModule, { label: string; code: string }>();
  const { createShaderModule, createComputePipeline, createComputePipelineAsync } = gpu;
  const list: PipelineText[] = [];
  const note = ({ compute }: GPUComputePipelineDescriptor) => {
    const text = codes.get(compute.module);
    if (!text?.label.endsWith('.wgsl')) return;
    const one = { ...text, constants: { ...compute.constants } as Record<string, number> };
    const key = JSON.stringify(one);
    if (noted.has(key)) return;
    noted.set(key, one);
    list.push(one);
  };
  gpu.createShaderModule = (descriptor) => {
    const module = createShaderModule.call(gpu, descriptor);
    codes.set(module, { label: descriptor.label ?? '', code: descriptor.code });
    return module;
  };
  gpu.createComputePipeline = (descriptor) => {
    note(descriptor);
    return createComputePipeline.call(gpu, descriptor);
  };
  gpu.createComputePipelineAsync = (descriptor) => {
    note(descriptor);
    return createComputePipelineAsync.call(gpu, descriptor);
  };
  return list;
}
