// random: uniform or normal random numbers computed from a counter instead of a state.
//
//   bits(i)   = pcg4d(i, stream, seedLow, seedHigh)      (Jarzynski & Olano, JCGT 9(3), 2020)
//   uniform   = low + (high - low) * bits / 2^24
//   normal    = mean + std * sqrt(-2 ln u1) * cos(2 pi u2)     (Box & Muller, 1958)
//
// Each number depends only on (seed, stream, i), so it is the same in every run and in any order.
//
// Layouts   y: any shape, flat, f32. For uniform a = low, b = high; for normal a = mean, b = std.
// A thread  One thread computes one number.
// Bytes     Writes 4 bytes per element.
// Reference tests/reference/ops/random.ts

override NORMAL: u32 = 0u;

struct Params { count: u32, seedLow: u32, seedHigh: u32, stream: u32, a: f32, b: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

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
  let bits = pcg4d(vec4u(i, params.stream, params.seedLow, params.seedHigh));
  if (NORMAL == 0u) {
    y[i] = params.a + (params.b - params.a) * unit(bits.x);
  } else {
    // a GPU's log has an error of up to 2^-21 near 1, where the result must not be positive
    let radius = sqrt(max(0.0, -2.0 * log(1.0 - unit(bits.x))));
    y[i] = params.a + params.b * radius * cos(6.283185307 * unit(bits.y));
  }
}
