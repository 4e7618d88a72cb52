// conv2d: convolution in one or more groups, channels last.
//
//   y[n, oh, ow, co] = bias[co] + sum over kh, kw, ci of
//     x[n, oh * strideH + kh * dilationH - padTop, ow * strideW + kw * dilationW - padLeft, g * groupChannels + ci]
//     * weight[kh, kw, ci, co], with g the group of co
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so is the activation:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
//
// A 1 x 1 kernel with stride 1 is a matrix product: matmul_vec4.wgsl.
//
// Layouts   x: [N, height, width, channels], any number of channels, such as 3. weight: [kernelH, kernelW,
//           groupChannels, Cout]. bias: [Cout]. y: [N, outHeight, outWidth, Cout]. Cout is read as Vecs: channels4 of
//           them, groupOutputs4 in each group.
// A thread  One thread computes four adjacent outputs for two Vecs: per tap and input channel it loads 4 scalars of x
//           and 2 Vecs of weight for 8 Vec multiply-adds. Without dilation and with one group the taps of a kernel
//           row are adjacent in x, so one loop covers kernelW * channels numbers.
// Bytes     4 * (N * height * width * channels + kernel * groupChannels * Cout + N * outHeight * outWidth * Cout).
// Reference tests/reference/ops/convolution.ts

// The host replaces Vec by f32 if the number of output channels of a group is not a multiple of four.
alias Vec = vec4<f32>;
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type
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
fn finish(sum: Vec, scale: Vec, shift: Vec) -> Vec { return activate(select(sum, sum * scale + shift, NORM)); }

// Batch norm as sum * scale + shift.
fn scaleOf(channel4: u32) -> Vec { return gamma[channel4] / sqrt(variance[channel4] + Vec(params.eps)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * outHeight + oh) * tilesAcross + tile) * lanePairs + lanePair
  let across = (params.outWidth + 3u) / 4u;
  let groupPairs = (params.groupOutputs4 + 1u) / 2u;
  let pairs = params.channels4 / params.groupOutputs4 * groupPairs;
  let group = i % pairs / groupPairs;
  let channel4 = group * params.groupOutputs4 + i % groupPairs * 2u;
  let lane1 = min(channel4 + 1u, (group + 1u) * params.groupOutputs4 - 1u);
  let ow = i / pairs % across * 4u;
  let outRow = i / (pairs * across);
  let n = outRow / params.outHeight;
  let top = outRow % params.outHeight * params.strideH - params.padTop;
  let left = (ow + vec4<u32>(0u, 1u, 2u, 3u)) * params.strideW - params.padLeft;

  // a run is the part of a kernel row that is contiguous in x
  let isSplit = params.dilationW > 1u || params.groupChannels < params.channels;
  let runs = select(1u, params.kernelW, isSplit);
  let runLength = select(params.kernelW * params.channels, params.groupChannels, isSplit);
  let rowLength = params.width * params.channels;

  var near: array<Vec, 4>; // the four outputs of the first Vec; `far` has those of the second
  var far: array<Vec, 4>;
  if (HAS_BIAS && !NORM) {
    for (var b = 0u; b < 4u; b++) {
      near[b] = bias[channel4];
      far[b] = bias[lane1];
    }
  }
  for (var kh = 0u; kh < params.kernelH; kh++) {
    // a negative coordinate wraps to a huge u32, so one comparison tests both edges
    let ih = top + kh * params.dilationH;
    if (ih >= params.height) { continue; }
    let row = (n * params.height + ih) * rowLength;
    for (var run = 0u; run < runs; run++) {
      var at = (left + run * params.dilationW) * params.channels + group * params.groupChannels;
      var tap = (kh * runs + run) * runLength * params.channels4;
      for (var j = 0u; j < runLength; j++) {
        let wl = weight[tap + channel4];
        let wr = weight[tap + lane1];
        let source = row + min(at, vec4<u32>(rowLength - 1u));
        let value = select(
          vec4<f32>(0.0), vec4<f32>(f32(x[source.x]), f32(x[source.y]), f32(x[source.z]), f32(x[source.w])), at < vec4<u32>(rowLength));
        for (var b = 0u; b < 4u; b++) {
          near[b] += value[b] * wl;
          far[b] += value[b] * wr;
        }
        at += vec4<u32>(1u);
        tap += params.channels4;
      }
    }
  }

  let pixel = outRow * params.outWidth + ow;
  // loaded before the stores, because after each store a compiler would have to load them again
  let nearScale = scaleOf(channel4);
  let farScale = scaleOf(lane1);
  let nearShift = bias[channel4] - mean[channel4] * nearScale;
  let farShift = bias[lane1] - mean[lane1] * farScale;
  for (var b = 0u; b < 4u; b++) {
    if (ow + b < params.outWidth) {
      let out = (pixel + b) * params.channels4 + channel4;
      y[out] = Stored(finish(near[b], nearScale, nearShift));
      if (lane1 > channel4) { y[out + 1u] = Stored(finish(far[b], farScale, farShift)); }
    }
  }
}
