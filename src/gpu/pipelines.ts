import type { Binding, Kernel } from './kernel.ts';
import type { Stats } from './stats.ts';
import { unroll } from './unroll.ts';

/** A kernel with its structure chosen (overrides, aliases); compiled when first needed. */
export interface PipelineEntry {
  readonly id: number;
  readonly kernel: Kernel;
  readonly layout: GPUBindGroupLayout;
  pipeline: GPUComputePipeline | null;
  /** the text that is compiled: the kernel's, with aliases and constants set and loops unrolled */
  readonly code: () => string;
  readonly descriptor: () => GPUComputePipelineDescriptor;
}

/** Every pipeline of a device, by kernel, substitutions and overrides. */
export class PipelineCache {
  private readonly gpu: GPUDevice;
  private readonly stats: Stats;
  private readonly entries = new Map<string, PipelineEntry>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(gpu: GPUDevice, stats: Stats) {
    this.gpu = gpu;
    this.stats = stats;
  }

  get(
    kernel: Kernel,
    overrides: Record<string, number>,
    defines: Record<string, string | number>,
  ): PipelineEntry {
    const key = `${kernel.name}|${entriesOf(defines)}|${entriesOf(overrides)}`;
    const known = this.entries.get(key);
    if (known) {
      if (known.kernel !== kernel) throw new Error(`two kernels are named ${kernel.name}`);
      return known;
    }
    kernel.checkOverrides(overrides);
    const source = kernel.specialize(defines);
    const layout = this.layout(kernel);
    const entry: PipelineEntry = {
      id: this.entries.size,
      kernel,
      layout: layout.group,
      pipeline: null,
      code: () => unroll(source, overrides),
      descriptor: () => {
        const code = entry.code();
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

  /** Compiles at once; the browser may stall its GPU process for it. */
  compileNow(entry: PipelineEntry): GPUComputePipeline {
    entry.pipeline ??= this.count(this.gpu.createComputePipeline(entry.descriptor()));
    return entry.pipeline;
  }

  /** Compiles many side by side without stalling the page. Resolves to those that were refused, and why. */
  async compile(entries: Iterable<PipelineEntry>): Promise<{ entry: PipelineEntry; reason: string }[]> {
    const missing = [...new Set(entries)].filter((entry) => !entry.pipeline);
    const outcomes = await Promise.all(missing.map((entry) => this.compileOne(entry)));
    return outcomes.filter((outcome) => outcome !== null);
  }

  private async compileOne(entry: PipelineEntry): Promise<{ entry: PipelineEntry; reason: string } | null> {
    // a shader module's error would otherwise come a second time, as one that nobody caught
    this.gpu.pushErrorScope('validation');
    const compiling = this.gpu.createComputePipelineAsync(entry.descriptor());
    const scope = this.gpu.popErrorScope().catch(() => null);
    try {
      const pipeline = await compiling;
      entry.pipeline ??= this.count(pipeline);
      return null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // where the explanation cannot be loaded, the compiler's own word stays
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
   * The layout of a kernel's bindings, shared by the kernels with the same. The uniform's size is part of it: wgpu
   * (Firefox, Deno) holds all pipelines of one layout to the size that the first of them needs.
   */
  private layout({ bindings, uniformByteLength }: Kernel) {
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
