// global_avg_pool: the mean of each channel over all pixels.
//
//   y[n, c] = 1 / (H W) * sum over pixels of x[n, pixel, c]
//
// Layouts   x: [N, H * W, C]; y: [N, C].
// A thread  One thread averages one Lane of channels of one image; neighboring threads read neighboring channels.
// Bytes     Reads 4 bytes per value of x.
// Reference tests/reference/ops/pool.ts

alias Lane = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Number = f32; // storage type of x: f16 in half precision
alias Stored = vec4<Number>; // a Lane in the storage type

struct Params { pixels: u32, lanes: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let first = (i / params.lanes) * params.pixels * params.lanes + i % params.lanes;
  var sum = Lane(0.0);
  for (var pixel = 0u; pixel < params.pixels; pixel++) {
    sum += Lane(x[first + pixel * params.lanes]);
  }
  y[i] = sum / f32(params.pixels);
}
