// pool2d_grad: the gradient of pool2d.wgsl with respect to its input.
//
//   dx[n, h, w, c] = sum over the windows that contain pixel (h, w) of share * dy
//   average: share = 1 / (KERNEL_H * KERNEL_W);  maximum: 1 if `at` is this pixel, else 0
//
// Layouts   dx: [N, height, width, C]; dy, at: [N, outHeight, outWidth, C].
// A thread  One thread computes one Vec of one pixel: a gather over the windows, so no atomic add is needed.
// Bytes     Writes 4 bytes per value; reads 4 (maximum: 8) per value of dy.
// Reference tests/reference/tape/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Index = vec4<u32>; // u32 if Vec is f32

override MAXIMUM: bool = true;
override KERNEL_H: u32 = 2u;
override KERNEL_W: u32 = 2u;
override STRIDE_H: u32 = 2u;
override STRIDE_W: u32 = 2u;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, padTop: u32, padLeft: u32, count: u32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> at: array<Index>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let pixel = i / params.channels4;
  let n = pixel / (params.width * params.height);
  let h = pixel / params.width % params.height + params.padTop;
  let w = pixel % params.width + params.padLeft;
  // windows oh with oh * STRIDE_H <= h < oh * STRIDE_H + KERNEL_H
  let firstH = (max(h + 1u, KERNEL_H) - KERNEL_H + STRIDE_H - 1u) / STRIDE_H;
  let firstW = (max(w + 1u, KERNEL_W) - KERNEL_W + STRIDE_W - 1u) / STRIDE_W;
  let endH = min(params.outHeight, h / STRIDE_H + 1u);
  let endW = min(params.outWidth, w / STRIDE_W + 1u);
  var sum = Vec(0.0);
  for (var oh = firstH; oh < endH; oh++) {
    for (var ow = firstW; ow < endW; ow++) {
      let window = ((n * params.outHeight + oh) * params.outWidth + ow) * params.channels4 + channel4;
      let g = dy[window];
      if (MAXIMUM) {
        let tap = (h - oh * STRIDE_H) * KERNEL_W + w - ow * STRIDE_W;
        sum += select(Vec(0.0), g, at[window] == Index(tap));
      } else {
        sum += g / f32(KERNEL_H * KERNEL_W);
      }
    }
  }
  dx[i] = sum;
}
