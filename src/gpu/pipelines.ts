import type { OnCompile } from './compile-progress.ts';
import { hoist } from './hoist.ts';
import type { Binding, Kernel } from './kernel.ts';
import type { Stats } from './stats.ts';
import type { Tuning } from './tuning.ts';
import { unroll } from './unroll.ts';

/** A kernel with fixed overrides, aliases and constants; compiled when first needed. */
export interface PipelineEntry {
  readonly id: number;
  readonly kernel: Kernel;
  /** the kernel's bindings that the code uses */
  readonly bindings: readonly Binding[];
  readonly layout: GPUBindGroupLayout;
  pipeline: GPUComputePipeline | null;
  /** the text that is compiled: the kernel's, with aliases and constants set, loops unrolled and their constant parts hoisted */
  readonly code: string;
  readonly descriptor: () => GPUComputePipelineDescriptor;
}

/** All pipelines of a device, by kernel, defines and overrides. */
export class PipelineCache {
  private readonly gpu: GPUDevice;
  private readonly stats: Stats;
  private readonly tuning: Tuning;
  private readonly entries = new Map<string, PipelineEntry>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(gpu: GPUDevice, stats: Stats, tuning: Tuning) {
    this.gpu = gpu;
    this.stats = stats;
    this.tuning = tuning;
  }

  get(
    kernel: Kernel,
    overrides: Record<string, number>,
    defines: Record<string, string | number>,
  ): PipelineEntry {
    const key = `${kernel.name}|${entriesOf(defines)}|${entriesOf(overrides)}`;
    const known = this.entries.get(key);
    if (known) {
      if (known.kernel.source !== kernel.source) throw new Error(`two kernels are named ${kernel.name}`);
      return known;
    }
    kernel.checkOverrides(overrides);
    const code = hoist(unroll(kernel.specialize(defines), overrides), this.tuning.hasSlowLengths);
    // a loop without iterations is gone, and may have been the only use of a binding
    const bindings = kernel.bindings.filter(
      ({ name, access }) => access === 'uniform' || code.match(new RegExp(`\\b${name}\\b`, 'g'))?.[1],
    );
    const layout = this.layout(bindings, kernel.uniformByteLength);
    const entry: PipelineEntry = {
      id: this.entries.size,
      kernel,
      bindings,
      layout: layout.group,
      pipeline: null,
      code,
      descriptor: () => {
        let module = this.modules.get(code);
        if (!module) {
          module = this.gpu.createShaderModule({ label: `${kernel.name}.wgsl`, code });
          this.modules.set(code, module);
        }
        return {
          label: kernel.name,
          layout: layout.pipeline,
          compute: { module, entryPoint: 'main', constants: overrides },
        };
      },
    };
    this.entries.set(key, entry);
    return entry;
  }

  /** Compiles synchronously; the browser may stall its GPU process meanwhile. */
  compileNow(entry: PipelineEntry): GPUComputePipeline {
    entry.pipeline ??= this.count(this.gpu.createComputePipeline(entry.descriptor()));
    return entry.pipeline;
  }

  /** Compiles pipelines in parallel without stalling the page. Resolves to the pipelines that failed, with reasons. */
  async compile(
    entries: Iterable<PipelineEntry>,
    onProgress?: OnCompile,
  ): Promise<{ entry: PipelineEntry; reason: string }[]> {
    const missing = [...new Set(entries)].filter((entry) => !entry.pipeline);
    const total = missing.length;
    let done = 0;
    const report = () => onProgress?.({ kind: 'compile', done, total });
    report();
    const outcomes = await Promise.all(
      missing.map(async (entry) => {
        const outcome = await this.compileOne(entry);
        done++;
        report();
        return outcome;
      }),
    );
    return outcomes.filter((outcome) => outcome !== null);
  }

  private async compileOne(entry: PipelineEntry): Promise<{ entry: PipelineEntry; reason: string } | null> {
    // without this scope a shader module's error would also be reported as an uncaught error
    this.gpu.pushErrorScope('validation');
    const compiling = this.gpu.createComputePipelineAsync(entry.descriptor());
    const scope = this.gpu.popErrorScope().catch(() => null);
    try {
      const pipeline = await compiling;
      entry.pipeline ??= this.count(pipeline);
      return null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // if the diagnosis cannot be loaded, the compiler's own message is used
      const explained = await import('./diagnose.ts')
        .then(({ compileErrors }) => compileErrors(this.gpu, entry))
        .catch(() => null);
      const reason = explained ?? message;
      return { entry, reason };
    } finally {
      await scope;
    }
  }

  private count(pipeline: GPUComputePipeline): GPUComputePipeline {
    this.stats.pipelinesCreated++;
    return pipeline;
  }

  /**
   * Returns the layout of bindings; kernels with equal bindings share one. The uniform's size is part of the
   * key, because wgpu (Firefox, Deno) checks all pipelines of a layout against the size that the first one needs.
   */
  private layout(bindings: readonly Binding[], uniformByteLength: number) {
    const sizeOf = (b: Binding) => (b.access === 'uniform' ? uniformByteLength : 0);
    const key = bindings.map((b) => `${b.binding}:${b.access}:${sizeOf(b)}`).join();
    let layout = this.layouts.get(key);
    if (!layout) {
      const type = { uniform: 'uniform', read: 'read-only-storage', read_write: 'storage' } as const;
      const group = this.gpu.createBindGroupLayout({
        entries: bindings.map((b) => ({
          binding: b.binding,
          visibility: 4 /* COMPUTE */,
          buffer: { type: type[b.access], minBindingSize: sizeOf(b) },
        })),
      });
      layout = { group, pipeline: this.gpu.createPipelineLayout({ bindGroupLayouts: [group] }) };
      this.layouts.set(key, layout);
    }
    return layout;
  }
}

function entriesOf(record: Record<string, string | number>): string {
  return Object.keys(record)
    .sort()
    .map((key) => `${key}=${record[key]}`)
    .join();
}
