/** Counters of what a device has made and done; tests assert on differences of these. */
export interface Stats {
  dispatches: number;
  passes: number;
  submits: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  /** bytes of all GPU buffers that exist, used or pooled */
  gpuBytes: number;
  peakGpuBytes: number;
}

export function newStats(): Stats {
  return {
    dispatches: 0,
    passes: 0,
    submits: 0,
    buffersCreated: 0,
    bindGroupsCreated: 0,
    pipelinesCreated: 0,
    gpuBytes: 0,
    peakGpuBytes: 0,
  };
}
