const BROWSER_ADVICE =
  'Chrome and Edge 113+, Safari 26+ and Firefox 141+ (Windows; later on other systems) have WebGPU. The page must be served ' +
  'from https:// or http://127.0.0.1. On Linux without a GPU driver start Chrome with --enable-unsafe-webgpu.';

/** Returns advice on how to get WebGPU in the current JavaScript engine. */
export function advice(): string {
  const engine = globalThis as { Deno?: unknown; Bun?: unknown; process?: { versions?: { node?: string } } };
  if (engine.Deno) {
    return (
      'Deno 2.9 and later use Vulkan, Metal or Direct3D 12. On Linux without a GPU driver install ' +
      'mesa-vulkan-drivers, whose lavapipe runs on the CPU.'
    );
  }
  if (engine.Bun) return 'In Bun import createDevice from "feathergrad/node" and run: bun add webgpu';
  if (engine.process?.versions?.node) {
    return 'In Node import createDevice from "feathergrad/node" and run: npm install webgpu';
  }
  return BROWSER_ADVICE;
}
