// dropout: zeroes elements at random and scales the others (Srivastava et al., JMLR 2014).
//
//   mask[i] = unit(i) < p ? 0 : 1 / (1 - p);   y[i] = x[i] * mask[i]
//   bits    = pcg4d(i / 4, stream, seedLow, seedHigh), mixed with the counter by a second pcg4d;
//             its four words serve four elements      (Jarzynski & Olano, JCGT 9(3), 2020)
//
// The counter is read from GPU memory and advanced by counter_advance.wgsl, so a replayed step draws a new mask each
// time without a write from the host.
//
// Layouts   x, y, mask: flat. state: [seedLow, seedHigh, stream, counter].
// A thread  One thread computes four neighboring elements.
// Bytes     Reads 4 and writes 8 bytes per element.
// Reference tests/reference/ops/random.ts

struct Params { size: u32, count: u32, p: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> state: vec4u;
@group(0) @binding(3) var<storage, read_write> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

fn pcg4d(input: vec4u) -> vec4u {
  var v = input * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v = v ^ (v >> vec4u(16u));
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let key = pcg4d(vec4u(i, state.z, state.x, state.y));
  let bits = pcg4d(key ^ vec4u(state.w, 0u, 0u, 0u)) >> vec4u(8u);
  let end = min(4u, params.size - 4u * i);
  for (var k = 0u; k < end; k++) {
    let at = 4u * i + k;
    // The top 24 bits as a number in [0, 1).
    let isKept = f32(bits[k]) / 16777216.0 >= params.p;
    let scale = select(0.0, 1.0 / (1.0 - params.p), isKept);
    mask[at] = scale;
    y[at] = x[at] * scale;
  }
}
