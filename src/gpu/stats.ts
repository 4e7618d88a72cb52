/** Counters of a device's objects and work; tests compare their differences. */
export interface Stats {
  dispatches: number;
  passes: number;
  submits: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
  /** bytes of all existing GPU buffers, in use or free */
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
