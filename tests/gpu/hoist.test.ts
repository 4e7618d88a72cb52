import { expect, test } from 'vitest';
import { hoist } from '../../src/gpu/hoist.ts';

const head = `struct Params { n: u32, scale: f32, shape: vec4<u32> }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read> few: array<f32, 4>;
fn twice(i: u32) -> f32 { return 2.0 * x[i].x; }
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {`;
const bodyOf = (code: string) => code.slice(head.length);

test('numbers of the uniform that a loop reads are read before it', () => {
  const body =
    ' for (var k = 0u; k < params.n; k++) { y[k] = params.scale * f32(params.shape[k]); } y[0] = params.scale; }';
  expect(bodyOf(hoist(head + body, false))).toBe(
    'let params_n = params.n;let params_scale = params.scale;' +
      ' for (var k = 0u; k < params_n; k++) { y[k] = params_scale * f32(params.shape[k]); } y[0] = params_scale; }',
  );
});

test('the lengths of arrays that a loop or a function accesses are computed before it', () => {
  const body = ' for (var k = 0u; k < 9u; k++) { y[k] = few[k] + twice(k); } }';
  expect(bodyOf(hoist(head + body, true))).toBe(
    `if (min(min(1u,arrayLength(&x)),arrayLength(&y)) == 0u) { return; }${body}`,
  );
  expect(hoist(head + body, false)).toBe(head + body);
});

test('nothing changes without a loop, or where another variable is named params', () => {
  for (const body of [
    ' y[params.n] = x[params.n].x; }',
    ' let params = vec4u(); while (y[params.x] > 0.0) { y[params.x] -= 1.0; } }',
  ]) {
    expect(hoist(head + body, false)).toBe(head + body);
  }
});
