import { anything, checkOptions, text } from '../gpu/check-options.ts';
import { WebGPUUnavailableError } from '../gpu/errors.ts';
import { findLavapipe, findSwiftShader } from './vulkan-drivers.ts';

/** Choice of the adapter: any, a hardware GPU, any software adapter, or one of two software drivers by name. */
export type AdapterChoice = 'auto' | 'hardware' | 'software' | 'lavapipe' | 'swiftshader';

/** Options of `openGpu`. */
export interface OpenGpuOptions {
  /**
   * choice of the adapter; `auto` (default) selects a hardware adapter if there is one, otherwise the fastest software
   * adapter
   */
  adapter?: AdapterChoice;
  /** path of a Vulkan driver's JSON file to use instead of the search */
  icd?: string;
}

/** A GPU of this process and the record of the search for it. */
export interface OpenedGpu {
  gpu: GPU;
  adapter: GPUAdapter;
  /** description of the adapter for a log line */
  description: string;
  kind: 'hardware' | 'software';
  /** every attempt in order, with its outcome */
  tried: string[];
  /** Releases the GPU. Destroy its devices and await their `lost` first; until then Node may not exit cleanly. */
  release(): void;
}

const CHOICES: readonly string[] = ['auto', 'hardware', 'software', 'lavapipe', 'swiftshader'];
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/** Dawn rounds timestamps to 65 us to protect against hostile web pages, which is not needed in Node. */
const EXACT_TIMESTAMPS = 'disable-dawn-features=timestamp_quantization';

/** Dawn instances in use. If an instance were garbage-collected, its devices would stop working. */
const held = new Set<GPU>();

/**
 * Opens a GPU in Node through the optional peer package `webgpu` (Dawn): a hardware adapter, else Mesa's lavapipe, else
 * the SwiftShader of an installed Chromium, Chrome or Edge. Drivers that Dawn rejects are skipped. The environment
 * variable FEATHERGRAD_ADAPTER (one of the choices, or the path of a Vulkan driver's JSON file) replaces the default;
 * `options` take precedence over it. Defines WebGPU's classes and constants (`GPUBufferUsage`, ...) in globalThis.
 * @throws WebGPUUnavailableError with all attempts and what to install
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<OpenedGpu> {
  checkOptions('openGpu', options, { adapter: anything, icd: text });
  const { choice, icd } = chosen(options);
  const dawn = await loadDawn();
  const tried: string[] = [];
  for (const driver of drivers(choice, icd)) {
    const found = await tryDriver(dawn, driver, tried);
    if (!found) continue;
    const { gpu, adapter } = found;
    const name = describe(adapter.info);
    const kind = isSoftware(adapter.info) ? 'software' : 'hardware';
    if (!fits(choice, kind, name, icd)) {
      tried.push(`${driver ?? "this system's drivers"}: ${name}, not the requested ${choice} adapter`);
      continue;
    }
    tried.push(`${driver ?? "this system's drivers"}: ${name}, chosen`);
    held.add(gpu);
    return { gpu, adapter, description: name, kind, tried, release: () => void held.delete(gpu) };
  }
  throw new WebGPUUnavailableError(tried, advice(choice));
}

function chosen(options: OpenGpuOptions): { choice: AdapterChoice; icd: string | undefined } {
  if (options.icd !== undefined) return { choice: options.adapter ?? 'auto', icd: options.icd };
  const forced = options.adapter ?? process.env.FEATHERGRAD_ADAPTER ?? '';
  const word = forced || 'auto';
  if (CHOICES.includes(word)) return { choice: word as AdapterChoice, icd: undefined };
  if (word.endsWith('.json')) return { choice: 'auto', icd: word };
  throw new RangeError(
    `openGpu: unknown adapter (got "${word}", expected ${CHOICES.join(', ')} or the path of a Vulkan driver's .json file). ` +
      'Check the option and FEATHERGRAD_ADAPTER.',
  );
}

/**
 * Returns driver files in the order of attempts; undefined leaves the choice to the system's Vulkan, Metal or D3D12.
 */
function* drivers(choice: AdapterChoice, icd: string | undefined): Generator<string | undefined> {
  if (icd !== undefined) {
    yield icd;
    return;
  }
  if (choice === 'auto' || choice === 'hardware' || choice === 'software') yield undefined;
  if (choice === 'hardware') return;
  if (choice !== 'swiftshader') yield* findLavapipe();
  if (choice !== 'lavapipe') yield* findSwiftShader();
}

function fits(
  choice: AdapterChoice,
  kind: OpenedGpu['kind'],
  name: string,
  icd: string | undefined,
): boolean {
  if (icd !== undefined || choice === 'auto') return true;
  if (choice === 'hardware' || choice === 'software') return kind === choice;
  return (choice === 'swiftshader' ? /swiftshader/i : /llvmpipe|lavapipe/i).test(name);
}

type Dawn = typeof import('webgpu');

async function loadDawn(): Promise<Dawn> {
  try {
    const dawn = await import('webgpu');
    Object.assign(globalThis, dawn.globals);
    return dawn;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new WebGPUUnavailableError([`the package "webgpu": ${reason}`], packageAdvice());
  }
}

function packageAdvice(): string {
  const engine = globalThis as { Deno?: unknown; Bun?: unknown };
  if (engine.Deno) return 'Deno has WebGPU built in: import createDevice from "feathergrad"';
  const command = engine.Bun ? 'bun add webgpu' : 'npm install webgpu';
  return `feathergrad/node needs this package for WebGPU. Install it: ${command}`;
}

/** Requests an adapter from one Vulkan driver. The loader reads the environment whenever Dawn creates an instance. */
async function tryDriver(dawn: Dawn, driver: string | undefined, tried: string[]) {
  const label = driver ?? "this system's drivers";
  const restore = driver === undefined ? () => {} : setEnvironment(driver);
  try {
    const gpu = dawn.create([EXACT_TIMESTAMPS]);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) return { gpu, adapter };
    tried.push(`${label}: no adapter (missing, or too old for Dawn)`);
  } catch (error) {
    tried.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    restore();
  }
  return undefined;
}

function setEnvironment(driver: string): () => void {
  const names = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES']; // the second is the newer name and wins where known
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = driver;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || info.architecture === 'software' || SOFTWARE.test(describe(info));
}

function describe(info: GPUAdapterInfo): string {
  const words = [info.description || info.device, info.vendor, info.architecture].filter((word) => word);
  return words.length > 0 ? words.join(', ') : 'unnamed adapter';
}

function advice(choice: AdapterChoice): string {
  if (choice === 'hardware') return "Install the GPU vendor's driver, or choose auto to run on the CPU.";
  if (process.platform === 'linux') {
    return (
      'Install a GPU driver with Vulkan, or a software driver: Chromium includes SwiftShader ' +
      '(Debian and Ubuntu: sudo apt-get install chromium libvulkan1; anywhere: npx playwright install --with-deps ' +
      'chromium), and Mesa 23.1 or later includes lavapipe, which is faster (mesa-vulkan-drivers; on Debian 12 from ' +
      'bookworm-backports).'
    );
  }
  if (process.platform === 'darwin') {
    return 'Metal is used automatically on macOS 12 and later, but a virtual machine may have none. Update macOS.';
  }
  return (
    'Update the graphics driver (Direct3D 12), or install Chrome or Edge, whose SwiftShader is used instead: ' +
    'npx playwright install chromium'
  );
}
