// The build shortens kernels. What the host parses from the text must be the same, and the kernels must compile.
import { expect, test } from 'vitest';
import { stripWgsl } from '../../scripts/wgsl-plugin.mjs';
import { Kernel } from '../../src/gpu/kernel.ts';
import * as kernels from '../../src/kernels/index.ts';
import { SOFTWARE_TEXTS } from '../../src/kernels/software.ts';
import { VARIANT_TEXTS } from '../../src/kernels/variants.ts';
import { testDevice } from '../support/device.ts';

const all = [
  ...Object.values(kernels),
  ...Object.entries({ ...VARIANT_TEXTS, ...SOFTWARE_TEXTS }).map(([name, text]) => new Kernel(name, text)),
].filter((value) => value instanceof Kernel);

test('there are kernels', () => {
  expect(all.length).toBeGreaterThan(60);
});

test.each(all.map((kernel) => [kernel.name, kernel] as const))('%s', async (name, kernel) => {
  const built = new Kernel(name, stripWgsl(kernel.source));
  expect(built.source.length).toBeLessThan(kernel.source.length);
  expect(built.bindings).toEqual(kernel.bindings);
  expect(built.isFlat).toBe(kernel.isFlat);
  const declared = /\b(?:alias|const|override)\s+\w+/g;
  const withoutComments = kernel.source.replace(/\/\/[^\n]*/g, '');
  const words = (text: string) => text.match(declared)?.map((match) => match.replace(/\s+/, ' '));
  // vec4f is renamed to Vec, the alias of most kernels
  const { length } = withoutComments.replace(/struct Params[^}]*/, '').match(/\bvec4(?:f|<f32>)/g) ?? [];
  const added = !/\bVec\b/.test(withoutComments) && length > 1 ? ['alias Vec'] : [];
  expect(words(built.source) ?? []).toEqual([...added, ...(words(withoutComments) ?? [])]);
  const { gpu } = await testDevice();
  const { messages } = await gpu.createShaderModule({ code: built.source }).getCompilationInfo();
  const errors = messages.filter(({ type }) => type === 'error').map(({ message }) => message);
  // an adapter without subgroups rejects only the extension
  const isRefused = /enable subgroups/.test(kernel.source) && !gpu.features.has('subgroups');
  expect(errors).toEqual(isRefused ? [expect.stringContaining('subgroups')] : []);
});

test('functions and their variables get short names; bindings, members, constants, parameters and attributes keep theirs', () => {
  const source = `
struct Params { count: u32, lane: u32, color: vec4f }
const STEP = 2u;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> result: array<vec4<f32>>;
fn twice(value: f32) -> f32 { return value * 2.0; } // doubles
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let lane = params.lane;
  var sum = vec4<f32>(twice(1.0));
  var second = sum.x;
  let group = 1u; // an attribute has this name too
  result[id.x + lane + STEP + group] = sum * second;
}`;
  expect(stripWgsl(source)).toBe(
    'alias Vec=vec4f;struct Params{count:u32,lane:u32,color:vec4f}const STEP=2u;@group(0)@binding(0)var<uniform>params:Params;' +
      '@group(0)@binding(1)var<storage,read_write>result:array<Vec>;fn T(value:f32)->f32{return value*2.;}' +
      '@compute @workgroup_size(64)fn main(@builtin(global_invocation_id)id:vec3u){let lane=params.lane;' +
      'var s=Vec(T(1.));var S=s.x;let g=1u;result[id.x+lane+STEP+g]=s*S;}',
  );
});
