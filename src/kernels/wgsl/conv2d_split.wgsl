// conv2d_split: convolution whose workgroups split the input channels, for maps with few pixels on a GPU.
//
//   y[n, oh, ow, co] = bias[co] + sum over kh, kw, ci of
//     x[n, oh * strideH + kh * dilationH - padTop, ow * strideW + kw * dilationW - padLeft, g * groupChannels + ci]
//     * weight[kh, kw, ci, co], with g the group of co
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so is the activation:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
//
// Layouts   x: [N, height, width, channels], any number of channels, such as 3. weight: [kernelH, kernelW,
//           groupChannels, Cout]. bias: [Cout]. y: [N, outHeight, outWidth, Cout]. Cout is read as Vecs: channels4 of
//           them, groupOutputs4 in each group.
// A thread  A workgroup of ACROSS * PARTS threads computes ACROSS tiles of PIXELS adjacent outputs for one Vec. Each
//           thread sums one of PARTS equal parts of the group's input channels over all taps: per tap and input channel
//           it loads PIXELS scalars of x and one Vec of weight, for PIXELS Vec multiply-adds. The parts meet in
//           workgroup memory, where each sum is added in the order of the parts, so results are identical bit for bit.
// Bytes     4 * (N * height * width * channels + kernel * groupChannels * Cout + N * outHeight * outWidth * Cout).
// Reference tests/reference/ops/convolution.ts

// The host replaces Vec by f32 if the number of output channels of a group is not a multiple of four.
alias Vec = vec4<f32>;
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type
const PIXELS = 2u;
const ACROSS = 16u;
const PARTS = 4u;
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu

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
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Number>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read> bias: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<Vec>;
@group(0) @binding(6) var<storage, read> mean: array<Vec>;
@group(0) @binding(7) var<storage, read> variance: array<Vec>;

var<workgroup> partial: array<Vec, PARTS * PIXELS * ACROSS>; // [part, pixel, Vec]

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: Vec, low: Vec, high: Vec) -> Vec { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: Vec) -> Vec { return clip(v * (1.0 / 6.0) + Vec(0.5), Vec(0.0), Vec(1.0)); }

fn activate(v: Vec) -> Vec {
  switch ACTIVATION {
    case 1u: { return select(clip(v, Vec(0.0), v), v, isNan(v)); }
    case 2u: { return select(clip(v, Vec(0.0), Vec(6.0)), v, isNan(v)); }
    case 3u: { return v * hardSigmoid(v); } // NaN times any number is NaN
    case 4u: { return select(Vec(1.0) / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    case 5u: { return select(hardSigmoid(v), v, isNan(v)); }
    case 6u: { return select(v / (Vec(1.0) + exp(-v)), v, isNan(v)); }
    default: { return v; }
  }
}

// The sum as stored: normalized and activated if these are fused.
fn finish(sum: Vec, channel4: u32) -> Vec {
  if (!NORM) { return activate(sum); }
  let scale = gamma[channel4] / sqrt(variance[channel4] + Vec(params.eps));
  return activate(sum * scale + (bias[channel4] - mean[channel4] * scale));
}

@compute @workgroup_size(ACROSS, PARTS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  // tile = ((n * outHeight + oh) * tilesAcross + tileAcross) * channels4 + channel4; tiles past the last one repeat it and
  // are not stored. No thread returns early, because all threads must reach the barrier.
  let tile = (group.x + group.y * groups.x) * ACROSS + thread.x;
  let i = min(tile, params.count - 1u);
  let across = (params.outWidth + PIXELS - 1u) / PIXELS;
  let channel4 = i % params.channels4;
  let ow = i / params.channels4 % across * PIXELS;
  let outRow = i / (params.channels4 * across);
  let n = outRow / params.outHeight;
  let top = outRow % params.outHeight * params.strideH - params.padTop;

  let length = (params.groupChannels + PARTS - 1u) / PARTS;
  let first = thread.y * length;
  let end = min(params.groupChannels, first + length);
  let source = channel4 / params.groupOutputs4 * params.groupChannels;
  var sum: array<Vec, PIXELS>;
  if (HAS_BIAS && !NORM && thread.y == 0u) {
    for (var b = 0u; b < PIXELS; b++) { sum[b] = bias[channel4]; }
  }
  var place: array<u32, PIXELS>;
  var isInside: array<bool, PIXELS>;
  for (var kh = 0u; kh < params.kernelH; kh++) {
    // a negative coordinate wraps to a huge u32, so one comparison tests both edges
    let ih = top + kh * params.dilationH;
    if (ih >= params.height) { continue; }
    let row = (n * params.height + ih) * params.width;
    for (var kw = 0u; kw < params.kernelW; kw++) {
      for (var b = 0u; b < PIXELS; b++) {
        let iw = (ow + b) * params.strideW + kw * params.dilationW - params.padLeft;
        isInside[b] = iw < params.width;
        place[b] = (row + min(iw, params.width - 1u)) * params.channels + source;
      }
      let tap = (kh * params.kernelW + kw) * params.groupChannels;
      for (var ci = first; ci < end; ci++) {
        let w = weight[(tap + ci) * params.channels4 + channel4];
        for (var b = 0u; b < PIXELS; b++) {
          sum[b] = fma(Vec(select(0.0, f32(x[place[b] + ci]), isInside[b])), w, sum[b]);
        }
      }
    }
  }

  for (var b = 0u; b < PIXELS; b++) { partial[(thread.y * PIXELS + b) * ACROSS + thread.x] = sum[b]; }
  workgroupBarrier();
  // part p stores the pixels p, p + PARTS, ...
  for (var b = thread.y; b < PIXELS; b += PARTS) {
    if (tile < params.count && ow + b < params.outWidth) {
      var total = partial[b * ACROSS + thread.x];
      for (var part = 1u; part < PARTS; part++) { total += partial[(part * PIXELS + b) * ACROSS + thread.x]; }
      y[(outRow * params.outWidth + ow + b) * params.channels4 + channel4] = Stored(finish(total, channel4));
    }
  }
}
