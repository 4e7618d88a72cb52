// normal_draw: normally distributed numbers, with the counter in GPU memory.
//
//   y[i] = sqrt(-2 ln u1) * cos(2 pi u2)                          (Box & Muller, 1958)
//   u1, u2 from pcg4d(i, stream, seedLow, seedHigh), mixed with the counter by a second pcg4d
//                                                                 (Jarzynski & Olano, JCGT 9(3), 2020)
//
// counter_advance.wgsl advances the counter, so a replayed step draws new numbers. In random.wgsl the seed comes from
// the host instead.
//
// Layouts   y: flat, f32. state: [seedLow, seedHigh, stream, counter]; it is only read, but bound for writing, because
//           a module keeps it in one buffer with y, and WebGPU allows only one usage of a buffer per dispatch.
// A thread  One thread computes one number.
// Bytes     Writes 4 bytes per element.
// Reference tests/reference/ops/random.ts

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: vec4u;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn pcg4d(input: vec4u) -> vec4u {
  var v = input * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v = v ^ (v >> vec4u(16u));
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

// The top 24 bits as a number in [0, 1).
fn unit(bits: u32) -> f32 { return f32(bits >> 8u) / 16777216.0; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let key = pcg4d(vec4u(i, state.z, state.x, state.y));
  let bits = pcg4d(key ^ vec4u(state.w, 0u, 0u, 0u));
  y[i] = sqrt(-2.0 * log(1.0 - unit(bits.x))) * cos(6.283185307 * unit(bits.y));
}
