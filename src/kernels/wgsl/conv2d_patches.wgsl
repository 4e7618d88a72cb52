// conv2d_patches: the numbers that a convolution multiplies by its weight, one row of a matrix per output (im2col).
//
//   patches[(n, oh, ow), (kh * kernelW + kw) * channels + c] =
//     x[n, oh * strideH + kh * dilationH - padTop, ow * strideW + kw * dilationW - padLeft, c], outside the image 0
//
// The convolution is then the matrix product of patches and the weight, [inner, Cout], with inner = kernelH * kernelW *
// channels. Matrix products read four numbers at a time. If inner is not a multiple of four, both get zeros at the end
// (PADS): `padded` is the weight with rows of zeros.
//
// Layouts   x: [N, height, width, channels]. patches: [N * outHeight * outWidth, inner4 vec4]. weight: [inner, Cout], Cout a
//           multiple of four. padded: [4 * inner4, Cout].
// A thread  One thread stores the same four numbers of a row for `run` neighboring outputs. More threads copy the weight,
//           one vec4 each.
// Bytes     4 * (N * outHeight * outWidth * inner * 2), with PADS 8 * inner * Cout more.
// Reference tests/reference/ops/convolution.ts
alias Number = f32; // storage type of x and patches: f16 in half precision
alias Stored = vec4<Number>;
const PADS = 1u; // 0 or 1

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  kernelW: u32,
  strideH: u32,
  strideW: u32,
  dilationH: u32,
  dilationW: u32,
  padTop: u32,
  padLeft: u32,
  inner: u32,
  inner4: u32,
  run: u32,
  patchThreads: u32,
  weights4: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Number>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> patches: array<Stored>;
@group(0) @binding(4) var<storage, read_write> padded: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  for (var p = 0u; p < PADS; p++) {
    if (i >= params.patchThreads) {
      let at = i - params.patchThreads;
      padded[at] = select(vec4f(0.0), weight[min(at, params.weights4 - 1u)], at < params.weights4);
      return;
    }
  }
  // thread = (outRow * runs + run) * inner4 + k4
  let runs = (params.outWidth + params.run - 1u) / params.run;
  let k4 = i % params.inner4;
  let first = i / params.inner4 % runs * params.run;
  let outRow = i / (params.inner4 * runs);
  let end = min(params.outWidth, first + params.run);
  // the four numbers, as rows and places in a row; a negative coordinate wraps to a huge u32, so one comparison tests both
  // edges
  let k = 4u * k4 + vec4u(0u, 1u, 2u, 3u);
  let tap = k / params.channels;
  let ih = outRow % params.outHeight * params.strideH + tap / params.kernelW * params.dilationH - params.padTop;
  let iw = first * params.strideW + tap % params.kernelW * params.dilationW - params.padLeft;
  let rowLength = params.width * params.channels;
  let row = (outRow / params.outHeight * params.height + min(ih, vec4u(params.height - 1u))) * rowLength;
  let length = select(vec4u(0u), vec4u(rowLength), (ih < vec4u(params.height)) & (k < vec4u(params.inner)));
  var column = iw * params.channels + k % params.channels;
  var to = (outRow * params.outWidth + first) * params.inner4 + k4;
  for (var ow = first; ow < end; ow++) {
    let at = row + min(column, vec4u(rowLength - 1u));
    let value = vec4f(f32(x[at.x]), f32(x[at.y]), f32(x[at.z]), f32(x[at.w]));
    patches[to] = Stored(select(vec4f(0.0), value, column < length));
    column += vec4u(params.strideW * params.channels);
    to += params.inner4;
  }
}
