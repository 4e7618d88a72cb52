import { Kernel } from 'feathergrad';

// Kernels that only multiply and add, in independent chains. The number and form of chains that come closest to the
// hardware's limit differ, so several are tried and the fastest counts. WGSL has no loop that is guaranteed to unroll,
// so the chains are written out here.

const PER_ROUND = 8;

export const fusedMultiplyAdd = [
  shape(8, 'f32', 'fma'),
  shape(8, 'f32', 'plain'),
  shape(12, 'f32', 'plain'),
  shape(4, 'vec4f', 'fma'),
  shape(4, 'vec4f', 'plain'),
];

function shape(chains: number, type: 'f32' | 'vec4f', how: 'fma' | 'plain') {
  const all = Array.from({ length: chains }, (_, i) => `a${i}`);
  const value = (text: string) => (type === 'f32' ? text : `vec4f(${text})`);
  const step = (name: string) =>
    how === 'fma' ? `${name} = fma(${name}, m, c);` : `${name} = ${name} * m + c;`;
  const round = all.map(step).join(' ');
  const sum = all.join(' + ');
  const source = `
struct Params { rounds: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = 0.999 + 1e-9 * y[id.x];
  let m = ${value('factor')};
  let c = ${value('1e-3 * factor')};
  ${all.map((name, i) => `var ${name} = ${value(`${i}.5`)};`).join(' ')}
  for (var i = 0u; i < params.rounds; i++) {
    ${Array.from({ length: PER_ROUND }, () => round).join('\n    ')}
  }
  ${type === 'f32' ? `y[id.x] = ${sum};` : `y[id.x] = dot(${sum}, vec4f(1));`}
}`;
  const name = `multiply_add_${chains}_${type}_${how}`;
  const lanes = type === 'f32' ? 1 : 4;
  return { name, kernel: new Kernel(name, source), flopsPerRound: 2 * lanes * chains * PER_ROUND };
}
