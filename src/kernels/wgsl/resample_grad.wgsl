// resample_grad: the gradient of resample.wgsl with respect to its input.
//
//   dx[n, h, w, c] = sum over the pixels (oh, ow) that pixel (h, w) contributes to of its weights times dy[n, oh, ow, c]
//
// Layouts   dx: [N, height, width, C]; dy: [N, outHeight, outWidth, C].
// A thread  One thread computes one Vec of one pixel: a gather over the rows and columns of dy that may contain it, each of
//           which is tested by the formula of the forward pass.
// Bytes     Writes 4 bytes per value; reads 4 per value of dy for each pixel that contributes.
// Reference tests/reference/ops/resample.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four

override BILINEAR: bool = true;
override ALIGN_CORNERS: bool = false;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, count: u32, scaleH: f32, scaleW: f32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>;

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

// The weight of pixel p in pixel o; negative if it does not contribute.
fn weightOf(p: u32, o: u32, scale: f32, size: u32) -> f32 {
  let source = sourceOf(o, scale, size);
  if (source.first != p && source.second != p) { return -1.0; }
  return select(0.0, 1.0 - source.weight, source.first == p) + select(0.0, source.weight, source.second == p);
}

// The range [first, last + 1) of pixels along an axis that pixel p may contribute to; at the ends it reaches the edge.
fn rangeOf(p: u32, scale: f32, size: u32, out: u32) -> vec2u {
  var range = vec2u(0u, out);
  if (p > 0u) { range.x = min(u32(max(floor((f32(p) - 1.0) / scale) - 1.0, 0.0)), out); }
  if (p < size - 1u) { range.y = min(u32(ceil((f32(p) + 2.0) / scale) + 1.0), out); }
  return range;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let pixel = i / params.channels4;
  let n = pixel / (params.width * params.height);
  let h = pixel / params.width % params.height;
  let w = pixel % params.width;
  let rows = rangeOf(h, params.scaleH, params.height, params.outHeight);
  let columns = rangeOf(w, params.scaleW, params.width, params.outWidth);
  var sum = Vec(0.0);
  for (var oh = rows.x; oh < rows.y; oh++) {
    let down = weightOf(h, oh, params.scaleH, params.height);
    if (down < 0.0) { continue; }
    for (var ow = columns.x; ow < columns.y; ow++) {
      let along = weightOf(w, ow, params.scaleW, params.width);
      if (along < 0.0) { continue; }
      sum += down * along * dy[((n * params.outHeight + oh) * params.outWidth + ow) * params.channels4 + channel4];
    }
  }
  dx[i] = sum;
}
