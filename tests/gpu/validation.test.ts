import { describe, expect, test } from 'vitest';
import type { Device } from '../../src/gpu/device.ts';
import { GpuValidationError } from '../../src/gpu/errors.ts';
import { Kernel } from '../../src/gpu/kernel.ts';
import { unroll } from '../../src/gpu/unroll.ts';
import { tensor } from '../../src/tensor/create.ts';
import { exp } from '../../src/tensor/ops/unary.ts';
import { empty, Tensor } from '../../src/tensor/tensor.ts';
import { testDevice } from '../support/device.ts';

const HEAD = `@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
`;
const copies = new Kernel('copies', `${HEAD}  y[id.x] = x[id.x];\n}`);
const wantsMore = new Kernel('wants_more', copies.source.replace(/array<f32>;/g, 'array<vec4f, 64>;'));
let count = 0;
/** A new kernel each time, since a device identifies kernels by name. */
const broken = () => new Kernel(`broken_${++count}`, `${HEAD}  y[id.x] = nonsense(x[id.x]);\n}`);

/** Records a faulty dispatch between two good ones and returns the error that reaches the caller. */
type Provoke = (device: Device, dispatch: () => void, y: Tensor) => Promise<unknown>;

const eager: Provoke = async (device, dispatch, y) => {
  exp(tensor(device, [1]));
  dispatch();
  exp(tensor(device, [2]));
  return y.data().catch((error: unknown) => error);
};

const captured: Provoke = async (device, dispatch) => {
  const x = tensor(device, [1]);
  const work = async () => {
    const recording = await device.capture(() => {
      exp(x);
      dispatch();
      exp(x);
    });
    recording.run();
    await device.sync();
  };
  return work().catch((error: unknown) => error);
};

describe.each([
  ['eager', eager],
  ['captured', captured],
] as const)('%s: a WebGPU error names operation, layer and kernel', (_, provoke) => {
  async function check(kernel: Kernel, bind: (device: Device) => { x: Tensor; y: Tensor }, reason: RegExp) {
    const device = await testDevice();
    const memory = bind(device);
    const dispatch = () => {
      device.path = 'features.3';
      device.dispatch(kernel, { label: 'myOp', bind: memory, threads: 64 });
      device.path = '';
    };
    const error = await provoke(device, dispatch, memory.y);
    expect(error).toBeInstanceOf(GpuValidationError);
    const { message } = error as Error;
    expect(message.startsWith(`features.3: myOp: validation error in ${kernel.name}.wgsl: `)).toBe(true);
    expect(message).toMatch(reason);
    // the device keeps working, and the error is not reported again
    expect([...(await exp(tensor(device, [0])).data())]).toEqual([1]);
  }
  const separate = (device: Device) => ({ x: empty(device, [64]), y: empty(device, [64]) });

  test('WGSL that does not compile, with line, column and text', async () => {
    const reason =
      /it does not compile\n {2}line 5, column 13: .*nonsense.*\n {4}y\[id\.x\] = nonsense\(x\[id\.x\]\);\n {14}\^/;
    await check(broken(), separate, reason);
    // again with the module that is known to be invalid
    const kernel = broken();
    await check(kernel, separate, reason);
    await check(kernel, separate, reason);
  });

  test('WGSL that does not compile after a loop, which is unrolled first', async () => {
    const loop = '  var sum = 0.0;\n  for (var k = 0u; k < 3u; k++) {\n    sum += x[k];\n  }\n';
    const kernel = new Kernel(
      `broken_${++count}`,
      `${HEAD}${loop}  let all = sum;\n  y[id.x] = all + nothing;\n}`,
    );
    const lines = unroll(kernel.source).split('\n');
    const line = lines.findIndex((text) => text.includes('nothing')) + 1;
    expect(line).not.toBe(kernel.source.split('\n').findIndex((text) => text.includes('nothing')) + 1);
    const place = `line ${line}, column 19: `;
    const reason = new RegExp(`${place}.*nothing.*\\n {4}y\\[id\\.x\\] = all \\+ nothing;\\n {20}\\^`);
    await check(kernel, separate, reason);
  });

  test('WGSL that does not compile in the body of a loop', async () => {
    const loop = '  for (var k = 0u; k < 2u; k++) {\n    y[id.x + k] = nonsense(x[k]);\n  }\n';
    await check(
      new Kernel(`broken_${++count}`, `${HEAD}${loop}}`),
      separate,
      /nonsense.*\n {4}y\[id\.x \+ 0u\] = nonsense\(x\[0u\]\);\n {19}\^/,
    );
  });

  test('memory that is read and written in the same dispatch', async () => {
    const same = (device: Device) => {
      const x = empty(device, [64]);
      return { x, y: x };
    };
    await check(copies, same, /usage/);
  });

  test('a binding that is too small', async () => {
    await check(wantsMore, separate, /1024/);
  });

  test('a view at an offset that cannot be bound', async () => {
    const odd = (device: Device) => {
      const { x, y } = separate(device);
      return { x: new Tensor(device, [16], 'f32', x.storage.retain(), 16), y };
    };
    await check(copies, odd, /offset|Offset/);
  });
});

test('only the first of many errors is thrown; the next wait succeeds', async () => {
  const device = await testDevice();
  const [x, y] = [empty(device, [64]), empty(device, [64])];
  for (const label of ['first', 'second']) {
    device.dispatch(broken(), { label, bind: { x, y }, threads: 64 });
  }
  await expect(device.sync()).rejects.toThrow(/^first: validation error/);
  await device.sync();
});

test('a capture names every kernel that does not compile', async () => {
  const device = await testDevice();
  const [x, y] = [empty(device, [64]), empty(device, [64])];
  const failing = device.capture(() => {
    for (const label of ['first', 'second']) {
      device.dispatch(broken(), { label, bind: { x, y }, threads: 64 });
    }
  });
  await expect(failing).rejects.toThrow(/^first: validation error[\s\S]*^second: validation error/m);
  await device.sync();
});
