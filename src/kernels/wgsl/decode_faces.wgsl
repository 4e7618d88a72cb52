// decode_faces: turns the output of BlazeFace into boxes and keypoints in pixels of the frame.
//
//   point = window + (anchor + offset / side) * window size        for the center and six keypoints
//   size  = size / side * window size,   score = 1 / (1 + exp(-logit))
//
// An anchor is the center of a cell of the two maps, 16 x 16 with two anchors per cell, then 8 x 8 with six, in units of
// the window. A rotated window rotates the points about its center.
//
// Layouts   x: [N, 896, 17], per anchor center, size, six points (x, y) in pixels of the input, and the logit.
//           windows: two vec4 each, as in resize_frame.wgsl. y: as x, in pixels of the frame, and the score.
// A thread  One thread decodes one anchor.
// Bytes     Reads and writes 68 bytes per anchor.
// Reference tests/faces/decode.test.ts

struct Params { count: u32, side: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn anchorOf(index: u32) -> vec2f {
  let isFine = index < 512u;
  let cells = select(8u, 16u, isFine);
  let cell = select((index - 512u) / 6u, index / 2u, isFine);
  return (vec2f(f32(cell % cells), f32(cell / cells)) + 0.5) / f32(cells);
}

fn inFrame(point: vec2f, window: vec4f, more: vec4f) -> vec2f {
  let offset = (point - 0.5) * window.zw;
  let turned = vec2f(offset.x * more.w - offset.y * more.z, offset.x * more.z + offset.y * more.w);
  return window.xy + 0.5 * window.zw + turned;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let n = i / 896u;
  let window = windows[2u * n];
  let more = windows[2u * n + 1u];
  let anchor = anchorOf(i % 896u);
  let at = 17u * i;
  for (var k = 0u; k < 16u; k += 2u) {
    let value = vec2f(x[at + k], x[at + k + 1u]) / params.side;
    var result = value * window.zw;
    if (k != 2u) { result = inFrame(anchor + value, window, more); }
    y[at + k] = result.x;
    y[at + k + 1u] = result.y;
  }
  y[at + 16u] = 1.0 / (1.0 + exp(-x[at + 16u]));
}
