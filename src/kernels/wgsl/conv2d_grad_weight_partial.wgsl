// conv2d_grad_weight_partial: the gradient of the convolution with respect to its weight, split into chunks of
// output rows.
//
//   partial[chunk, kh, kw, ci, co] = sum over the chunk's (n, oh) and all ow of
//     x[n, oh * strideH + kh * dilationH - padTop, ow * strideW + kw * dilationW - padLeft, g * groupChannels + ci]
//     * dy[n, oh, ow, co], with g the group of co
//
// sum_partials.wgsl adds the chunks. The order of addition is fixed, so results are identical bit for bit.
//
// Layouts   x: [N, height, width, channels]. dy: [N, outHeight, outWidth, Cout]. partial: [chunks, kernelH, kernelW,
//           groupChannels, Cout]. Cout is read as Vecs: channels4 of them, groupOutputs4 in each group.
// A thread  One thread computes four neighboring rows of the weight seen as [kernelH * kernelW * groupChannels,
//           Cout], for two Vecs of a group and one chunk: each step loads 2 Vecs of dy and 4 scalars of x for 8 Vec multiply-adds.
// Bytes     4 * (N * height * width * channels + N * outHeight * outWidth * Cout + chunks * kernel * groupChannels * Cout).
// Reference tests/reference/tape/convolution.ts

// The host replaces Vec by f32 if the number of output channels of a group is not a multiple of four.
alias Vec = vec4<f32>;

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
  rows: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<Vec>;
@group(0) @binding(3) var<storage, read_write> partial: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (chunk * quads + quad) * lanePairs + lanePair
  let patchSize = params.kernelH * params.kernelW * params.groupChannels;
  let quads = (patchSize + 3u) / 4u;
  let groupPairs = (params.groupOutputs4 + 1u) / 2u;
  let pairs = params.channels4 / params.groupOutputs4 * groupPairs;
  let group = i % pairs / groupPairs;
  let channel4 = group * params.groupOutputs4 + i % groupPairs * 2u;
  let lane1 = min(channel4 + 1u, (group + 1u) * params.groupOutputs4 - 1u);
  let first = i / pairs % quads * 4u;
  let chunk = i / (pairs * quads);
  // the four rows of the weight, as row offset, column offset and channel
  let position = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(patchSize - 1u));
  let ci = group * params.groupChannels + position % params.groupChannels;
  let down = position / (params.groupChannels * params.kernelW) * params.dilationH - params.padTop;
  let along = position / params.groupChannels % params.kernelW * params.dilationW - params.padLeft;

  var left: array<Vec, 4>; // the sums of the four rows
  var right: array<Vec, 4>;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  for (var outRow = chunk * params.chunkRows; outRow < end; outRow++) {
    // a negative coordinate wraps to a huge u32, so one comparison tests both edges
    let ih = outRow % params.outHeight * params.strideH + down;
    let rowInside = ih < vec4<u32>(params.height);
    let row = (outRow / params.outHeight * params.height + min(ih, vec4<u32>(params.height - 1u))) * params.width;
    var column = along;
    for (var ow = 0u; ow < params.outWidth; ow++) {
      let inside = rowInside & (column < vec4<u32>(params.width));
      let at = (row + min(column, vec4<u32>(params.width - 1u))) * params.channels + ci;
      let value = select(vec4<f32>(0.0), vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
      let pixel = (outRow * params.outWidth + ow) * params.channels4;
      let gl = dy[pixel + channel4];
      let gr = dy[pixel + lane1];
      for (var r = 0u; r < 4u; r++) {
        left[r] += value[r] * gl;
        right[r] += value[r] * gr;
      }
      column += params.strideW;
    }
  }

  for (var r = 0u; r < 4u; r++) {
    if (first + r < patchSize) {
      let at = (chunk * patchSize + first + r) * params.channels4 + channel4;
      partial[at] = left[r];
      if (lane1 > channel4) { partial[at + 1u] = right[r]; }
    }
  }
}
