// global_avg_pool: the mean of each channel over all pixels.
//
//   y[n, c] = 1 / (H W) * sum over pixels of x[n, pixel, c]
//
// Layouts   x: [N, H * W, C]; y: [N, C].
// A thread  averages one Lane of channels of one picture; neighbors read neighboring channels.
// Bytes     reads 4 a value of x.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four
alias Number = f32; // how x is stored: f16 in half precision
alias Stored = vec4<Number>; // a Lane of it

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
