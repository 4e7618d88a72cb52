// conv2d: dense convolution, channels last.
//
//   y[n, oh, ow, co] = bias[co] + sum over kh, kw, ci of
//     x[n, oh * strideH + kh * dilationH - padTop, ow * strideW + kw * dilationW - padLeft, ci] * weight[kh, kw, ci, co]
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so is the activation:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta)
//
// A 1 x 1 kernel with stride 1 is a matrix product: matmul_vec4.wgsl.
//
// Layouts   x: [N, height, width, channels], any number of channels, such as 3. weight: [kernelH, kernelW, channels,
//           Cout]. bias: [Cout]. y: [N, outHeight, outWidth, Cout]. Cout is read in Lanes (lanes = Cout / 4).
// A thread  One thread computes four adjacent outputs for two Lanes: per tap and input channel it loads 4 scalars of x
//           and 2 Lanes of weight for 8 Lane multiply-adds. Without dilation the taps of a kernel row are adjacent in
//           x, so one loop covers kernelW * channels numbers.
// Bytes     4 * (N * height * width * channels + kernel * channels * Cout + N * outHeight * outWidth * Cout).
// Reference tests/reference/ops/convolution.ts

// The host replaces Lane by f32 if the number of channels is not a multiple of four.
alias Lane = vec4<f32>;
alias Bits = vec4<u32>; // same width as Lane
alias Flags = vec4<bool>; // same width as Lane
alias Number = f32; // storage type of x and y: f16 in half precision
alias Stored = vec4<Number>; // a Lane in the storage type
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  lanes: u32,
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
@group(0) @binding(2) var<storage, read> weight: array<Lane>;
@group(0) @binding(3) var<storage, read> bias: array<Lane>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<Lane>;
@group(0) @binding(6) var<storage, read> mean: array<Lane>;
@group(0) @binding(7) var<storage, read> variance: array<Lane>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Lane) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: Lane, low: Lane, high: Lane) -> Lane { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: Lane) -> Lane { return clip(v * (1.0 / 6.0) + Lane(0.5), Lane(0.0), Lane(1.0)); }

fn activate(v: Lane) -> Lane {
  switch ACTIVATION {
    case 1u: { return select(clip(v, Lane(0.0), v), v, isNan(v)); }
    case 2u: { return select(clip(v, Lane(0.0), Lane(6.0)), v, isNan(v)); }
    case 3u: { return v * hardSigmoid(v); } // NaN times any number is NaN
    case 4u: { return select(Lane(1.0) / (Lane(1.0) + exp(-v)), v, isNan(v)); }
    case 5u: { return select(hardSigmoid(v), v, isNan(v)); }
    default: { return v; }
  }
}

// The sum as stored: normalized and activated if these are fused.
fn finish(sum: Lane, lane: u32) -> Lane {
  if (!NORM) { return activate(sum); }
  let scale = gamma[lane] / sqrt(variance[lane] + Lane(params.eps));
  return activate(sum * scale + (bias[lane] - mean[lane] * scale));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((n * outHeight + oh) * tilesAcross + tile) * lanePairs + lanePair
  let across = (params.outWidth + 3u) / 4u;
  let pairs = (params.lanes + 1u) / 2u;
  let lane = i % pairs * 2u;
  let lane1 = min(lane + 1u, params.lanes - 1u);
  let ow = i / pairs % across * 4u;
  let outRow = i / (pairs * across);
  let n = outRow / params.outHeight;
  let top = outRow % params.outHeight * params.strideH - params.padTop;
  let left = (ow + vec4<u32>(0u, 1u, 2u, 3u)) * params.strideW - params.padLeft;

  // a run is the part of a kernel row that is contiguous in x
  let dilated = params.dilationW > 1u;
  let runs = select(1u, params.kernelW, dilated);
  let runLength = select(params.kernelW * params.channels, params.channels, dilated);
  let rowLength = params.width * params.channels;

  var near: array<Lane, 4>; // the four outputs of the first Lane; `far` has those of the second
  var far: array<Lane, 4>;
  if (HAS_BIAS && !NORM) {
    for (var b = 0u; b < 4u; b++) {
      near[b] = bias[lane];
      far[b] = bias[lane1];
    }
  }
  for (var kh = 0u; kh < params.kernelH; kh++) {
    // a negative coordinate wraps to a huge u32, so one comparison tests both edges
    let ih = top + kh * params.dilationH;
    if (ih >= params.height) { continue; }
    let row = (n * params.height + ih) * rowLength;
    for (var run = 0u; run < runs; run++) {
      var at = (left + run * params.dilationW) * params.channels;
      var tap = (kh * runs + run) * runLength * params.lanes;
      for (var j = 0u; j < runLength; j++) {
        let wl = weight[tap + lane];
        let wr = weight[tap + lane1];
        let source = row + min(at, vec4<u32>(rowLength - 1u));
        let value = select(
          vec4<f32>(0.0), vec4<f32>(f32(x[source.x]), f32(x[source.y]), f32(x[source.z]), f32(x[source.w])), at < vec4<u32>(rowLength));
        for (var b = 0u; b < 4u; b++) {
          near[b] += value[b] * wl;
          far[b] += value[b] * wr;
        }
        at += vec4<u32>(1u);
        tap += params.lanes;
      }
    }
  }

  let pixel = outRow * params.outWidth + ow;
  for (var b = 0u; b < 4u; b++) {
    if (ow + b < params.outWidth) {
      let out = (pixel + b) * params.lanes + lane;
      y[out] = Stored(finish(near[b], lane));
      if (lane + 1u < params.lanes) { y[out + 1u] = Stored(finish(far[b], lane + 1u)); }
    }
  }
}
