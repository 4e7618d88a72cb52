// conv2d_grad_input: the gradient of the convolution with respect to its input, as a gather.
//
//   dx[n, h, w, g * groupChannels + ci] = sum over kh, kw and the co of group g of
//     dy[n, (h + padTop - kh * dilationH) / strideH, (w + padLeft - kw * dilationW) / strideW, co] * weight[kh, kw, ci, co]
//   over the taps for which both divisions are exact and the pixel of dy exists
//
// Layouts   dx: [N, height, width, channels]. weight: [kernelH, kernelW, groupChannels, Cout]. dy: [N, outHeight,
//           outWidth, Cout]. Cout is read as Vecs: channels4 of them, groupOutputs4 in each group.
// A thread  One thread computes four input channels of a group and pixel: per tap and Vec of Cout it loads one Vec of dy and
//           four of the weight for 4 Vec multiply-adds; the components of a Vec are added at the end.
// Bytes     4 * (N * outHeight * outWidth * Cout + kernel * groupChannels * Cout + N * height * width * channels).
// Reference tests/reference/tape/convolution.ts

// The host replaces Vec by f32 if the number of output channels of a group is not a multiple of four.
alias Vec = vec4<f32>;
const WIDTH = 4u;

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  channels4: u32,
  groupChannels: u32,
  groupOutputs4: u32,
  kernelH: u32,
  kernelW: u32,
  strideH: u32,
  strideW: u32,
  dilationH: u32,
  dilationW: u32,
  padTop: u32,
  padLeft: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

// The sum of a Vec's components (vec4<f32>(v) repeats a single f32 and copies a vec4).
fn total(value: Vec) -> f32 {
  let four = vec4<f32>(value);
  return select(four.x, four.x + four.y + four.z + four.w, WIDTH == 4u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * height + h) * width + w) * quads + quad
  let groupQuads = (params.groupChannels + 3u) / 4u;
  let quads = params.channels4 / params.groupOutputs4 * groupQuads;
  let group = i % quads / groupQuads;
  let ci = i % groupQuads * 4u; // within the group
  let pixel = i / quads;
  let right = pixel % params.width + params.padLeft;
  let bottom = pixel / params.width % params.height + params.padTop;
  let n = pixel / (params.width * params.height);
  let last = params.groupChannels - 1u;
  let span = vec2u(group, group + 1u) * params.groupOutputs4;

  var sum0 = Vec(0.0);
  var sum1 = Vec(0.0);
  var sum2 = Vec(0.0);
  var sum3 = Vec(0.0);
  for (var kh = 0u; kh < params.kernelH && kh * params.dilationH <= bottom; kh++) {
    let y = bottom - kh * params.dilationH;
    let oh = y / params.strideH;
    if (oh * params.strideH != y || oh >= params.outHeight) { continue; }
    for (var kw = 0u; kw < params.kernelW && kw * params.dilationW <= right; kw++) {
      let x = right - kw * params.dilationW;
      let ow = x / params.strideW;
      if (ow * params.strideW != x || ow >= params.outWidth) { continue; }
      let at = ((n * params.outHeight + oh) * params.outWidth + ow) * params.channels4;
      let tap = (kh * params.kernelW + kw) * params.groupChannels;
      let w0 = (tap + ci) * params.channels4;
      let w1 = (tap + min(ci + 1u, last)) * params.channels4;
      let w2 = (tap + min(ci + 2u, last)) * params.channels4;
      let w3 = (tap + min(ci + 3u, last)) * params.channels4;
      for (var channel4 = span.x; channel4 < span.y; channel4++) {
        let g = dy[at + channel4];
        sum0 += g * weight[w0 + channel4];
        sum1 += g * weight[w1 + channel4];
        sum2 += g * weight[w2 + channel4];
        sum3 += g * weight[w3 + channel4];
      }
    }
  }

  let at = pixel * params.channels + group * params.groupChannels + ci;
  dx[at] = total(sum0);
  if (ci < last) { dx[at + 1u] = total(sum1); }
  if (ci + 1u < last) { dx[at + 2u] = total(sum2); }
  if (ci + 2u < last) { dx[at + 3u] = total(sum3); }
}
