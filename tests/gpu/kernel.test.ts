import { describe, expect, test } from 'vitest';
import { Kernel } from '../../src/gpu/kernel.ts';
import * as kernels from '../../src/kernels/index.ts';
import { full } from '../../src/tensor/create.ts';
import { testDevice } from '../support/device.ts';

const kernel = new Kernel(
  'sample',
  `// @group(0) @binding(9) var<storage, read> commented: array<f32>;
alias Vec = vec4<f32>;
const SIDE: u32 = 4u;
override ACTIVATION: u32 = 0;
struct Params {
  count: u32, // how many
  shift: i32,
  scale: f32,
  mean: vec4<f32>,
  strides: array<vec4<u32>, 2>,
  last: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@compute @workgroup_size(8, 4)
fn main() { y[0] = x[0]; }
`,
);
const values = {
  count: 3,
  shift: -2,
  scale: 0.5,
  mean: [1, 2, 3, 4],
  strides: [1, 2, 3, 4, 5, 6, 7, 8],
  last: 9,
};

describe('parsing of the WGSL text', () => {
  test('bindings by name, ignoring comments', () => {
    expect(kernel.bindings).toEqual([
      { name: 'params', binding: 0, access: 'uniform' },
      { name: 'x', binding: 1, access: 'read' },
      { name: 'y', binding: 2, access: 'read_write' },
    ]);
    expect(kernel.workgroupSize).toEqual([8, 4, 1]);
  });

  test('the uniform: fields packed by name at the offsets of WGSL', () => {
    const words = kernel.packParams(values);
    expect([...words.slice(0, 2)]).toEqual([3, 2 ** 32 - 2]);
    expect([...new Float32Array(words.buffer, 8, 1)]).toEqual([0.5]);
    expect([...new Float32Array(words.buffer, 16, 4)]).toEqual([1, 2, 3, 4]);
    expect([...words.slice(8, 17)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(words.byteLength).toBe(80);
  });

  test('aliases and constants that are overridden', () => {
    const text = kernel.specialize({ Vec: 'f32', SIDE: 7 });
    expect(text).toContain('alias Vec = f32;');
    expect(text).toContain('const SIDE: u32 = 7u;');
  });

  test('a flat kernel: its workgroup may have any size', () => {
    expect(kernel.isFlat).toBe(false);
    const number = 'let i = id.x + id.y * groups.x * 64u;';
    const flat = new Kernel('flat', `// of 64\n@compute @workgroup_size(64) fn main() { ${number} }`);
    expect(flat.isFlat).toBe(true);
    expect(flat.specialize({ WORKGROUP: 16 })).toContain(
      `@workgroup_size(16) fn main() { ${number.replace('64', '16')}`,
    );
    const shares = new Kernel('shares', `var<workgroup> part: array<f32, 64>; ${flat.source}`);
    expect(shares.isFlat).toBe(false);
    expect(Object.values(kernels).filter((one) => one.isFlat).length).toBeGreaterThan(40);
  });
});

describe('mismatches are rejected by name', () => {
  test('parameters', () => {
    const { last, ...rest } = values;
    expect(() => kernel.packParams(rest)).toThrow('sample.wgsl: parameter last has no number(s), expected 1');
    expect(() => kernel.packParams({ ...rest, last, mean: [1] })).toThrow(
      'parameter mean has 1 number(s), expected 4',
    );
    expect(() => kernel.packParams({ ...values, extra: 1 })).toThrow(
      'sample.wgsl has no parameter named extra',
    );
  });

  test('overrides, aliases, workgroup sizes', () => {
    expect(() => kernel.checkOverrides({ TILE: 1 })).toThrow('sample.wgsl has no override named TILE');
    expect(() => kernel.specialize({ Line: 'f32' })).toThrow('sample.wgsl has no alias or const named Line');
    const computed = new Kernel('computed', '@compute @workgroup_size(SIZE) fn main() {}');
    expect(() => computed.workgroupSize).toThrow(/must be written as literal numbers/);
  });

  test('memory, and a second kernel of the same name', async () => {
    const device = await testDevice();
    const [x, y] = [full(device, [4], 1), full(device, [4], 1)];
    const spec = { label: 'op', params: values, threads: 1 };
    expect(() => device.dispatch(kernel, { ...spec, bind: { x } })).toThrow(
      'op: sample.wgsl needs a tensor for y',
    );
    expect(() => device.dispatch(kernel, { ...spec, bind: { x, y, z: x } })).toThrow(
      'op: sample.wgsl has no variable named z',
    );
    expect(() => device.dispatch(kernel, { label: 'op', params: values, bind: { x, y } })).toThrow(
      'op: the dispatch has neither threads nor workgroups',
    );
    // the sample's threads are not numbered consecutively, or their number is not given: the size would be ignored
    for (const given of [
      { threads: 1, workgroup: 32 },
      { workgroups: [1, 1, 1] as const, workgroup: 32 },
    ]) {
      expect(() =>
        device.dispatch(kernel, { label: 'op', params: values, ...given, bind: { x, y } }),
      ).toThrow('op: workgroup needs a flat kernel and a number of threads');
    }
    device.dispatch(kernel, { ...spec, bind: { x, y } });
    const double = new Kernel('sample', `${kernel.source}\n// another one`);
    expect(() => device.dispatch(double, { ...spec, bind: { x, y } })).toThrow(
      'two kernels are named sample',
    );
    await device.sync();
  });
});
