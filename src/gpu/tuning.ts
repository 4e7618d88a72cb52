/**
 * What the choice of kernels, tiles and workgroups depends on. It follows from the adapter alone, so that every run on
 * a device adds numbers up in the same order. All knowledge of kinds of adapters is here.
 */
export interface Tuning {
  /**
   * lanes that share what they load in `matmul_subgroup.wgsl` and `matmul_tn_subgroup_partial.wgsl`: 4 or 8; 0 where a
   * subgroup's lanes are many, vary or cannot exchange values, and the other products are used
   */
  readonly sharingLanes: number;
  /** threads that a reduction over rows is cut for: enough for every core */
  readonly reductionThreads: number;
  /** whether one more dispatch costs as much as some hundred rows, so that work is cut or turned less often */
  readonly hasCostlyDispatches: boolean;
  /** dispatches of fewer threads run in workgroups of 16, not 64; 0: none do */
  readonly smallWorkgroupsBelow: number;
  /** how depthwise convolutions are cut into tiles, one per thread */
  readonly depthwise: {
    /** threads that keep the device busy; tiles get more rows where there are more threads than these */
    readonly threads: number;
    /** pixels of a tile along the width, or `fitted` to the width where nothing shares loads: 1 to 4 */
    readonly tileWidth: number | 'fitted';
    /** whether a thread of the gradient by weight sums a whole kernel, not one of its rows */
    readonly sumsWholeKernel: boolean;
  };
}

/** The part of a `GPUAdapterInfo` that the tuning depends on. Safari may leave all of it out. */
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
  reductionThreads: 2048,
  hasCostlyDispatches: false,
  smallWorkgroupsBelow: 0,
  depthwise: { threads: 131_072, tileWidth: 4, sumsWholeKernel: false },
};

/** A software adapter: few cores. Where LLVM compiles (lavapipe), wider tiles take half a minute to compile in all. */
const PROCESSOR: Tuning = {
  ...GPU,
  reductionThreads: 200,
  hasCostlyDispatches: true,
  depthwise: { threads: 128, tileWidth: 2, sumsWholeKernel: false },
};

/** SwiftShader gives whole workgroups to cores, so few threads spread better in small ones, and shares no load. */
const SWIFTSHADER: Tuning = {
  ...PROCESSOR,
  smallWorkgroupsBelow: 2048,
  depthwise: { threads: 128, tileWidth: 'fitted', sumsWholeKernel: true },
};

/** @param hasSubgroups whether the feature `subgroups` is on */
export function tuningFor(facts: AdapterFacts, hasSubgroups: boolean): Tuning {
  const { vendor, architecture, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = facts;
  const name = [vendor, architecture, description].join(' ');
  const isSwiftShader = /swiftshader/i.test(name);
  if (!isFallbackAdapter && !isSwiftShader && !/llvmpipe|lavapipe/i.test(name)) return GPU;
  const lanes = hasSubgroups && subgroupMinSize === subgroupMaxSize ? (subgroupMaxSize ?? 0) : 0;
  const sharingLanes = lanes === 4 || lanes === 8 ? lanes : 0;
  return { ...(isSwiftShader ? SWIFTSHADER : PROCESSOR), sharingLanes };
}
