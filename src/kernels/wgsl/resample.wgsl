// resample: images of another size, by the nearest pixel or by bilinear interpolation.
//
//   nearest   y[n, oh, ow, c] = x[n, floor(oh scaleH), floor(ow scaleW), c]
//   bilinear  the weighted mean of the four pixels around row s(oh, scaleH) and column s(ow, scaleW), with
//             s(o, scale) = max(0, (o + 1/2) scale - 1/2), or o scale if ALIGN_CORNERS
//
// Layouts   x: [N, height, width, C]; y: [N, outHeight, outWidth, C].
// A thread  One thread computes one Vec of one pixel.
// Bytes     Reads 4 bytes per value of x (neighbors read from cache), writes 4 per value of y.
// Reference tests/reference/ops/resample.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

override BILINEAR: bool = true;
override ALIGN_CORNERS: bool = false;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, count: u32, scaleH: f32, scaleW: f32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

// The two pixels along an axis that pixel o is computed from, and the weight of the second.
struct Source { first: u32, second: u32, weight: f32 }

fn sourceOf(o: u32, scale: f32, size: u32) -> Source {
  if (!BILINEAR) {
    let pixel = min(u32(floor(f32(o) * scale)), size - 1u);
    return Source(pixel, pixel, 0.0);
  }
  var s = f32(o) * scale;
  if (!ALIGN_CORNERS) { s = max((f32(o) + 0.5) * scale - 0.5, 0.0); }
  let first = min(u32(s), size - 1u);
  return Source(first, min(first + 1u, size - 1u), clamp(s - f32(first), 0.0, 1.0));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let pixel = i / params.channels4;
  let n = pixel / (params.outWidth * params.outHeight);
  let row = sourceOf(pixel / params.outWidth % params.outHeight, params.scaleH, params.height);
  let column = sourceOf(pixel % params.outWidth, params.scaleW, params.width);
  let above = (n * params.height + row.first) * params.width;
  if (!BILINEAR) {
    y[i] = x[(above + column.first) * params.channels4 + channel4];
    return;
  }
  let below = (n * params.height + row.second) * params.width;
  let top = (1.0 - column.weight) * x[(above + column.first) * params.channels4 + channel4]
    + column.weight * x[(above + column.second) * params.channels4 + channel4];
  let bottom = (1.0 - column.weight) * x[(below + column.first) * params.channels4 + channel4]
    + column.weight * x[(below + column.second) * params.channels4 + channel4];
  y[i] = (1.0 - row.weight) * top + row.weight * bottom;
}
