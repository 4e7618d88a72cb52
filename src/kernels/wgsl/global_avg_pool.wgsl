// global_avg_pool: the mean of each channel over all pixels.
//
//   y[n, c] = 1 / (H W) * sum over pixels of x[n, pixel, c]
//
// Layouts   x: [N, H * W, C]; y: [N, C].
// A thread  One thread averages one Vec of channels of one image; neighboring threads read neighboring channels.
// Bytes     Reads 4 bytes per value of x.
// Reference tests/reference/ops/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Number = f32; // storage type of x: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type

struct Params { pixels: u32, channels4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let first = (i / params.channels4) * params.pixels * params.channels4 + i % params.channels4;
  var sum = Vec(0.0);
  // in parts, because each addition to a long sum rounds it
  for (var begin = 0u; begin < params.pixels; begin += 512u) {
    var part = Vec(0.0);
    let end = min(begin + 512u, params.pixels);
    for (var pixel = begin; pixel < end; pixel++) { part += Vec(x[first + pixel * params.channels4]); }
    sum += part;
  }
  y[i] = sum / f32(params.pixels);
}
