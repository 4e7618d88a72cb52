// Parts that the kernels of the exercises share: their header and their dispatch.
import { type Device, differentiable, empty, full, type Kernel, type Tensor } from 'feathergrad';

/**
 * Returns the bindings of a kernel: `params`, the tensors that are read (`labels: u32` for a type other than f32), then
 * the result.
 */
export function head(params: string, read: readonly string[], written: string): string {
  const binding = (name: string, i: number, access: string) => {
    const [variable, type = 'f32'] = name.split(': ');
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${variable}: array<${type}>;\n`;
  };
  return `struct Params { ${params} }
@group(0) @binding(0) var<uniform> params: Params;
${read.map((name, i) => binding(name, i, 'read')).join('')}${binding(written, read.length, 'read_write')}`;
}

/** Returns an entry point whose thread `i` runs the body, for i below `params.count`. */
export const eachThread = (body: string): string => `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
${body}
}
`;

let isTimed = false;

/**
 * Returns memory for a result, filled with NaN so that values the kernel does not write are noticed: new memory may
 * hold the correct numbers of an earlier run.
 */
export function blank(device: Device, shape: readonly number[]): Tensor {
  return isTimed ? empty(device, [...shape], 'f32', 'exercise') : full(device, [...shape], Number.NaN);
}

/** Runs work that is being timed; its results are not filled with NaN first. */
export function timed(fn: () => void): void {
  isTimed = true;
  try {
    fn();
  } finally {
    isTimed = false;
  }
}

/** Dispatches a reader's kernel, one thread per `params.count`, and returns its result of the given shape. */
export function apply(
  kernel: Kernel,
  read: Readonly<Record<string, Tensor>>,
  written: readonly [name: string, shape: readonly number[]],
  params: Readonly<Record<string, number>> & { count: number },
): Tensor {
  const [name, shape] = written;
  const { device } = Object.values(read)[0] as Tensor;
  const result = blank(device, shape);
  const bind = { ...read, [name]: result };
  device.dispatch(kernel, { label: 'exercise', bind, params: { ...params }, threads: params.count });
  return result;
}

/** Returns an op of one input, whose value is computed by the library and whose gradient by the reader's kernel. */
export function withGradient(
  forward: (x: Tensor) => Tensor,
  gradient: (x: Tensor, dy: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  return (x) =>
    differentiable('exercise', forward(x.detach()), [x], (save) => {
      const saved = save(x);
      return (dy) => [gradient(saved, dy)];
    });
}
