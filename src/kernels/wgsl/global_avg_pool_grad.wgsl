// global_avg_pool_grad: the gradient of global_avg_pool.wgsl with respect to its input.
//
//   dx[n, pixel, c] = dy[n, c] / (H W)      (+ plus, another gradient of x: PLUS)
//
// Layouts   dx, plus: [N, H * W, C]; dy: [N, C].
// A thread  One thread computes one Vec of a run of pixels of one image.
// Bytes     Writes 4 bytes per value; dy is read from cache.
// Reference tests/reference/tape/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

override PLUS: u32 = 0u;

struct Params { pixels: u32, channels4: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>;
@group(0) @binding(3) var<storage, read> plus: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.pixels + params.run - 1u) / params.run; // per image
  let channel4 = i % params.channels4;
  let picture = i / (params.channels4 * runs);
  let first = i / params.channels4 % runs * params.run;
  let end = min(params.pixels, first + params.run);
  let share = dy[picture * params.channels4 + channel4] / f32(params.pixels);
  for (var pixel = first; pixel < end; pixel++) {
    let at = (picture * params.pixels + pixel) * params.channels4 + channel4;
    var sum = share;
    if (PLUS == 1u) { sum += plus[at]; }
    dx[at] = sum;
  }
}
