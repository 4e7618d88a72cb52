/** Counts a library's WebGPU calls by wrapping WebGPU's classes, in the same way for every library. */
export interface Counts {
  dispatches: number;
  passes: number;
  submits: number;
  bindGroups: number;
  buffers: number;
  pipelines: number;
  /**
   * bytes of all buffers that are not destroyed, and their peak. Unreferenced buffers count until they are destroyed.
   */
  bytes: number;
  peakBytes: number;
}

type Method = (this: object, ...args: unknown[]) => unknown;

/** Starts counting; call it before any device is created. */
export function countWebGpu(): Counts {
  const counts: Counts = {
    dispatches: 0,
    passes: 0,
    submits: 0,
    bindGroups: 0,
    buffers: 0,
    pipelines: 0,
    bytes: 0,
    peakBytes: 0,
  };
  const add = (name: keyof Counts) => () => {
    counts[name]++;
  };
  wrap(GPUComputePassEncoder, 'dispatchWorkgroups', add('dispatches'));
  wrap(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', add('dispatches'));
  wrap(GPUCommandEncoder, 'beginComputePass', add('passes'));
  wrap(GPUQueue, 'submit', add('submits'));
  wrap(GPUDevice, 'createBindGroup', add('bindGroups'));
  wrap(GPUDevice, 'createComputePipeline', add('pipelines'));
  wrap(GPUDevice, 'createComputePipelineAsync', add('pipelines'));
  const sizes = new WeakMap<object, number>();
  wrap(GPUDevice, 'createBuffer', (buffer) => {
    const { size } = buffer as GPUBuffer;
    sizes.set(buffer as object, size);
    counts.buffers++;
    counts.bytes += size;
    counts.peakBytes = Math.max(counts.peakBytes, counts.bytes);
  });
  wrap(GPUBuffer, 'destroy', (_, buffer) => {
    counts.bytes -= sizes.get(buffer) ?? 0;
    sizes.delete(buffer);
  });
  return counts;
}

function wrap(
  owner: { prototype: object },
  name: string,
  after: (result: unknown, self: object) => void,
): void {
  const prototype = owner.prototype as Record<string, Method>;
  const method = prototype[name];
  if (!method) return;
  prototype[name] = function (...args) {
    const result = method.apply(this, args);
    after(result, this);
    return result;
  };
}
