// blaze_shortcut: the end of a BlazeFace block in one pass, at inference.
//
//   y[n, i, j, c] = max(0, a[n, i, j, c] + s)
//   s = x[n, i, j, c] for STRIDE 1, the maximum of x over the 2 x 2 pixels from (2 i, 2 j) for STRIDE 2, and 0 for channels
//   that x does not have
//
// Layouts   a, y: [N, H, width, C]. x: [N, STRIDE H, STRIDE width, channels of the input], at most C.
// A thread  One thread computes one Vec of channels of one pixel.
// Bytes     Reads a and x once and writes y: 4 bytes per value each.
// Reference tests/models/blaze-shortcut.test.ts

alias Vec = vec4<f32>; // f32 if a number of channels is not a multiple of four

override STRIDE: u32 = 1u;

struct Params { width: u32, channels4: u32, inputs4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Vec>;
@group(0) @binding(2) var<storage, read> x: array<Vec>;
@group(0) @binding(3) var<storage, read_write> y: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel = i % params.channels4;
  let pixel = i / params.channels4;
  var sum = a[i];
  if (channel < params.inputs4) {
    if (STRIDE == 1u) {
      sum += x[pixel * params.inputs4 + channel];
    } else {
      // rows are counted over the whole batch; x has twice as many rows and columns
      let row = pixel / params.width;
      let column = pixel % params.width;
      let at = ((2u * row) * (2u * params.width) + 2u * column) * params.inputs4 + channel;
      let below = at + 2u * params.width * params.inputs4;
      sum += max(max(x[at], x[at + params.inputs4]), max(x[below], x[below + params.inputs4]));
    }
  }
  y[i] = select(sum, Vec(0.0), sum < Vec(0.0)); // NaN stays
}
