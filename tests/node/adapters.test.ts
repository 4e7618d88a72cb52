import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';
import { WebGPUUnavailableError } from '../../src/gpu/errors.ts';
import { openGpu } from '../../src/node/adapters.ts';
import { findLavapipe, findSwiftShader } from '../../src/node/vulkan-drivers.ts';

const run = promisify(execFile);
const before = process.env.FEATHERGRAD_ADAPTER;

afterEach(() => {
  if (before === undefined) delete process.env.FEATHERGRAD_ADAPTER;
  else process.env.FEATHERGRAD_ADAPTER = before;
});

/** Doubles four numbers on the GPU: the adapter must compute, not only answer. */
async function doubles(adapter: GPUAdapter): Promise<number[]> {
  const device = await adapter.requestDevice();
  const code = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { x[i] = 2.0 * x[i]; }`;
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 16, usage });
  const copy = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Float32Array([1, 2, 3, 4]));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, 16);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const numbers = [...new Float32Array(copy.getMappedRange().slice(0))];
  device.destroy();
  return numbers;
}

describe('openGpu', () => {
  test('finds an adapter that computes and reports how it was found', async () => {
    const opened = await openGpu();
    expect(await doubles(opened.adapter)).toEqual([2, 4, 6, 8]);
    expect(opened.description).not.toBe('');
    expect(opened.tried.at(-1)).toContain('chosen');
    opened.release();
  });

  test('tries each installed software driver in one process', async () => {
    const files = [...findSwiftShader(), ...findLavapipe(), ...findSwiftShader()];
    const environment = process.env.VK_ICD_FILENAMES;
    const computed: string[] = [];
    for (const icd of files) {
      try {
        const opened = await openGpu({ icd });
        expect(opened.kind).toBe('software');
        expect(await doubles(opened.adapter)).toEqual([2, 4, 6, 8]);
        opened.release();
        computed.push(icd);
      } catch (error) {
        // A driver that Dawn rejects (an old lavapipe) is reported in `tried` and is not a failure of the search.
        expect(error).toBeInstanceOf(WebGPUUnavailableError);
        expect((error as WebGPUUnavailableError).tried[0]).toContain(icd);
      }
      expect(process.env.VK_ICD_FILENAMES).toBe(environment);
    }
    if (files.length > 0) expect(computed).not.toEqual([]);
  });

  test('a requested software adapter is the one that is used', async () => {
    if (findSwiftShader().length === 0) {
      await expect(openGpu({ adapter: 'swiftshader' })).rejects.toThrow(WebGPUUnavailableError);
      return;
    }
    process.env.FEATHERGRAD_ADAPTER = 'swiftshader';
    const opened = await openGpu();
    expect(opened.description).toMatch(/swiftshader/i);
    expect(opened.kind).toBe('software');
    opened.release();
  });

  test('a driver that cannot be used is an error with all attempts and advice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'feathergrad-icd-'));
    const icd = join(folder, 'broken_icd.json');
    const library = join(folder, 'absent.so');
    await writeFile(icd, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library } }));
    const failure = await openGpu({ icd }).catch((error: unknown) => error);
    await rm(folder, { recursive: true });
    if (process.platform !== 'linux') {
      // Metal and D3D12 answer without a Vulkan driver
      expect(failure).toHaveProperty('description');
      (failure as Awaited<ReturnType<typeof openGpu>>).release();
      return;
    }
    expect(failure).toBeInstanceOf(WebGPUUnavailableError);
    expect((failure as WebGPUUnavailableError).tried).toEqual([expect.stringContaining(icd)]);
    expect((failure as WebGPUUnavailableError).advice).toContain('apt-get install chromium');
  });

  test('an unknown FEATHERGRAD_ADAPTER is named in the error', async () => {
    process.env.FEATHERGRAD_ADAPTER = 'fastest';
    await expect(openGpu()).rejects.toThrow('unknown adapter (got "fastest", expected auto, hardware');
  });

  test('Node exits by itself once the device is destroyed and the GPU released', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const folder = await mkdtemp(join(root, 'node_modules/.exit-')); // in this folder, so that it finds the peer webgpu
    const outfile = join(folder, 'adapters.mjs');
    const entryPoints = [join(root, 'src/node/adapters.ts')];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['webgpu'],
    });
    await writeFile(
      join(folder, 'main.mjs'),
      `import { openGpu } from './adapters.mjs';
       const opened = await openGpu();
       const device = await opened.adapter.requestDevice();
       device.destroy();
       await device.lost; // Dawn may abort at exit while it still tears a device down
       opened.release();
       console.log('done');`,
    );
    const { stdout } = await run(process.execPath, [join(folder, 'main.mjs')], { timeout: 20_000 });
    await rm(folder, { recursive: true });
    expect(stdout).toContain('done');
  });
});
