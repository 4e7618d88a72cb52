// pool2d_grad: the gradient of pool2d.wgsl with respect to its input.
//
//   dx[n, h, w, c] = sum over the windows that contain pixel (h, w) of share * dy
//   average: share = 1 / divisor, which pool2d.wgsl describes;  maximum: 1 if `at` is this pixel, else 0
//
// Layouts   dx: [N, height, width, C]; dy, at: [N, outHeight, outWidth, C].
// A thread  One thread computes one Vec of one pixel: a gather over the windows, so no atomic add is needed.
// Bytes     Writes 4 bytes per value; reads 4 (maximum: 8) per value of dy.
// Reference tests/reference/tape/pool.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Index = vec4<u32>; // u32 if Vec is f32

override MAXIMUM: bool = true;
override ADAPTIVE: bool = false;
override COUNT_PAD: bool = true;
override DIVISOR: u32 = 0u;
override KERNEL_H: u32 = 2u;
override KERNEL_W: u32 = 2u;
override STRIDE_H: u32 = 2u;
override STRIDE_W: u32 = 2u;
override DILATION_H: u32 = 1u;
override DILATION_W: u32 = 1u;

struct Params {
  height: u32, width: u32, channels4: u32, outHeight: u32, outWidth: u32, padTop: u32, padLeft: u32, count: u32
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> at: array<Index>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;

// The windows whose extent contains pixel p of an axis of the padded image: first, and last + 1.
fn windowsOf(p: u32, stride: u32, reach: u32, size: u32, out: u32) -> vec2u {
  if (ADAPTIVE) { return vec2u(p * out / size, ((p + 1u) * out + size - 1u) / size); }
  return vec2u((max(p + 1u, reach) - reach + stride - 1u) / stride, min(out, p / stride + 1u));
}

// The number of pixels along an axis that the divisor of a window counts.
fn counted(o: u32, stride: u32, reach: u32, size: u32, out: u32, pad: u32) -> u32 {
  if (ADAPTIVE) { return ((o + 1u) * size + out - 1u) / out - o * size / out; }
  let start = o * stride;
  if (COUNT_PAD) { return min(start + reach, size + 2u * pad) - start; }
  return min(start + reach, size + pad) - max(start, pad);
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
  let reachH = (KERNEL_H - 1u) * DILATION_H + 1u;
  let reachW = (KERNEL_W - 1u) * DILATION_W + 1u;
  let rows = windowsOf(h + params.padTop, STRIDE_H, reachH, params.height, params.outHeight);
  let columns = windowsOf(w + params.padLeft, STRIDE_W, reachW, params.width, params.outWidth);
  var sum = Vec(0.0);
  for (var oh = rows.x; oh < rows.y; oh++) {
    let down = counted(oh, STRIDE_H, reachH, params.height, params.outHeight, params.padTop);
    for (var ow = columns.x; ow < columns.y; ow++) {
      let window = ((n * params.outHeight + oh) * params.outWidth + ow) * params.channels4 + channel4;
      let g = dy[window];
      if (MAXIMUM) {
        sum += select(Vec(0.0), g, at[window] == Index(h * params.width + w));
      } else {
        let along = counted(ow, STRIDE_W, reachW, params.width, params.outWidth, params.padLeft);
        sum += g / f32(select(down * along, DIVISOR, DIVISOR > 0u));
      }
    }
  }
  dx[i] = sum;
}
