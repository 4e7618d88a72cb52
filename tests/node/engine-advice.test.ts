// Without WebGPU, the advice depends on the engine. The globals of other engines are simulated here;
// scripts/test-engines.mjs runs the real engines.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDevice } from '../../src/index.ts';

afterEach(() => vi.unstubAllGlobals());

describe('createDevice of the package root gives advice', () => {
  test.each([
    ['Node', {}, 'In Node import createDevice from "feathergrad/node" and run: npm install webgpu'],
    ['Bun', { Bun: {} }, 'In Bun import createDevice from "feathergrad/node" and run: bun add webgpu'],
    ['Deno', { Deno: {} }, 'On Linux without a GPU driver install mesa-vulkan-drivers'],
    ['a page', { process: undefined }, 'The page must be served from https:// or http://127.0.0.1'],
  ])('in %s', async (_, globals, advice) => {
    vi.stubGlobal('navigator', {});
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const error: unknown = await createDevice().catch((reason: unknown) => reason);
    vi.unstubAllGlobals();
    expect(String(error)).toContain('navigator.gpu: absent');
    expect(String(error)).toContain(advice);
  });

  test('also if WebGPU has no adapter', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
    vi.stubGlobal('Deno', {});
    const error: unknown = await createDevice().catch((reason: unknown) => reason);
    vi.unstubAllGlobals();
    expect(String(error)).toContain('"forceFallbackAdapter":true}): null');
    expect(String(error)).toContain('mesa-vulkan-drivers');
  });
});
