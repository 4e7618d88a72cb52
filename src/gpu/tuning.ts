/**
 * Parameters that select kernels, tiles and workgroups. They depend only on the adapter, so that every run on a device
 * adds numbers in the same order. All knowledge about kinds of adapters is in this file.
 */
export interface Tuning {
  /**
   * lanes that share loads in `matmul_subgroup.wgsl` and `matmul_tn_subgroup_partial.wgsl`: 4 or 8; 0 selects other
   * kernels, because subgroups are wider, vary in size or are not supported
   */
  readonly sharingLanes: number;
  /**
   * rows per thread of `matmul_subgroup.wgsl`, of which a product takes the number that wastes the least; with LLVM, the
   * sums of more than 24 rows cost more than the loads they share
   */
  readonly sharingRows: readonly number[];
  /** copies of the code that stores a row in `matmul_subgroup.wgsl`, at most one per row: 4, 8 or 32 */
  readonly storeCopies: number;
  /** minimum threads that a reduction over rows is split into, enough to occupy every core */
  readonly reductionThreads: number;
  /**
   * whether an additional dispatch costs as much as a few hundred rows, so that work is split, and weights are
   * transposed, less often
   */
  readonly hasCostlyDispatches: boolean;
  /** dispatches with fewer threads than this, or with long ones, run in workgroups of 16 instead of 64; 0 for none */
  readonly smallWorkgroupsBelow: number;
  /** whether the length of an array is computed again, by divisions, at each access; see `hoist.ts` */
  readonly hasSlowLengths: boolean;
  /** how depthwise convolutions are split into tiles, one per thread */
  readonly depthwise: {
    /** threads that keep the device busy; tiles get more rows if there would be more threads */
    readonly threads: number;
    /** pixels per tile along the width: 1 to 4, or `fitted` to the width of the map if threads do not share loads */
    readonly tileWidth: number | 'fitted';
    /** whether one thread of the weight gradient sums all taps of a kernel instead of one row of taps */
    readonly sumsWholeKernel: boolean;
    /** whether a loop loads the taps, which compiles faster and, with LLVM, is not slower */
    readonly loadsTapsInLoop: boolean;
    /** whether rows outside the image are skipped, which saves nothing where both branches of an `if` are executed */
    readonly skipsRows: boolean;
  };
  /** how batch norm runs in training, see `batch_norm_group.wgsl` */
  readonly batchNorm: {
    /** threads of a workgroup, which computes one to four vec4 of channels; a power of two */
    readonly threads: number;
    /** rows up to which one dispatch does everything: a workgroup reads them twice, the second time from a cache */
    readonly mostRows: number;
  };
  /** how attention computes its gates at inference, see `attentionGates` */
  readonly gates: {
    /** threads of a workgroup; a processor changes between them at every barrier, which costs time */
    readonly threads: number;
    /** values of the image up to which one dispatch computes the gates and the projection multiplies by them */
    readonly mostValues: number;
  };
}

/** The part of a `GPUAdapterInfo` that the tuning depends on. Safari may omit all of it. */
export interface AdapterFacts {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
  readonly subgroupMinSize?: number;
  readonly subgroupMaxSize?: number;
}

/** A graphics card or a phone's GPU: thousands of threads, whatever the width of its subgroups. */
const GPU: Tuning = {
  sharingLanes: 0,
  sharingRows: [24, 16, 8, 4],
  storeCopies: 4,
  reductionThreads: 8192,
  hasCostlyDispatches: false,
  smallWorkgroupsBelow: 0,
  hasSlowLengths: false,
  batchNorm: { threads: 256, mostRows: 2048 },
  depthwise: {
    threads: 131_072,
    tileWidth: 4,
    sumsWholeKernel: false,
    loadsTapsInLoop: false,
    skipsRows: true,
  },
  gates: { threads: 256, mostValues: Infinity },
};

/**
 * A software adapter with few cores. With LLVM (lavapipe), compiling kernels with wider tiles takes half a minute in
 * total.
 */
const PROCESSOR: Tuning = {
  ...GPU,
  reductionThreads: 200,
  hasCostlyDispatches: true,
  batchNorm: { threads: 8, mostRows: 8192 },
  depthwise: { ...GPU.depthwise, threads: 128, tileWidth: 2, loadsTapsInLoop: true },
  gates: { threads: 8, mostValues: 49_152 },
};

/**
 * SwiftShader schedules whole workgroups on cores, so small workgroups distribute few threads better; its threads do
 * not share loads.
 */
const SWIFTSHADER: Tuning = {
  ...PROCESSOR,
  smallWorkgroupsBelow: 2048,
  hasSlowLengths: true,
  sharingRows: [32, 16, 12, 8, 4],
  gates: { threads: 8, mostValues: 16_384 },
  batchNorm: { threads: 8, mostRows: 20_000 },
  storeCopies: 32,
  depthwise: { ...GPU.depthwise, threads: 128, tileWidth: 'fitted', sumsWholeKernel: true, skipsRows: false },
};

/** @param hasSubgroups whether the feature `subgroups` is enabled */
export function tuningFor(facts: AdapterFacts, hasSubgroups: boolean): Tuning {
  const { vendor, architecture, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = facts;
  const name = [vendor, architecture, description].join(' ');
  const isSwiftShader = /swiftshader/i.test(name);
  if (!isFallbackAdapter && !isSwiftShader && !/llvmpipe|lavapipe/i.test(name)) return GPU;
  const lanes = hasSubgroups && subgroupMinSize === subgroupMaxSize ? (subgroupMaxSize ?? 0) : 0;
  const sharingLanes = lanes === 4 || lanes === 8 ? lanes : 0;
  return { ...(isSwiftShader ? SWIFTSHADER : PROCESSOR), sharingLanes };
}
