// attention_gates: the gates of squeeze-excitation or coordinate attention in one pass, at inference.
//
//   pooled[c] = pool of x over a strip           average, maximum, or average + maximum (KIND 0, 1, 2)
//   hidden[m] = act(sum over c of pooled[c] * squeeze[c, m] + biasTimes * squeezeBias[m])
//   gates[c]  = sigma(sum over m of hidden[m] * excite[m, c] + exciteBias[c])
//
// Squeeze-excitation (Hu et al., CVPR 2018) has one strip per image, all its pixels (height 1, width H * W); act = relu,
// sigma = hard-sigmoid. COORDINATE attention (Hou et al., CVPR 2021) has a strip per row and one per column, each kind with
// its own excite; act = hard-swish after batch norm, sigma = sigmoid.
//
// Layouts   x: [N, H, W, C]; gates: [N, strips, C], of each image first the rows, then the columns. All weights are in one
//           buffer, bound as numbers (state) and as vec4 (state4); Params has the place of each. C is a multiple of four.
// A thread  A workgroup computes STRIPS strips with the same weights. Its threads first pool the channels of the strips, each
//           of PARTS threads a part of a strip. Then each thread sums one of SPLITS parts of a hidden value, and last a
//           vec4 of gates. A weight is loaded once for all STRIPS strips. Each of the workgroups along y computes a slice
//           of the gates of the same strips, and repeats the rest.
// Bytes     4 * (H W C * directions + 2 C M + C) per STRIPS strips.
// Reference tests/reference/fer-mobilenetv3-layers.ts
alias Number = f32; // storage type of x: f16 in half precision
alias Stored = vec4<Number>;
const STRIPS = 4u;
const THREADS = 64u;
const CHANNELS4 = 16u;
const MIDDLE = 8u;
const PARTS = 1u; // 1 unless KIND is 0
const SPLITS = THREADS / min(THREADS, MIDDLE);
override KIND: u32 = 0u;
override COORDINATE: bool = true;

struct Params {
  height: u32,
  width: u32,
  positions: u32, // strips per image
  rowTiles: u32, // workgroups for rows
  rows: u32,
  columns: u32,
  channels4: u32,
  middle: u32,
  biasTimes: f32,
  eps: f32,
  squeeze: u32,
  squeezeBias: u32,
  gamma: u32,
  beta: u32,
  mean: u32,
  variance: u32,
  rowExcite: u32, // in vec4, as the following
  rowBias: u32,
  columnExcite: u32,
  columnBias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read> state4: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> running: array<f32>; // of batch norm: mean and variance
@group(0) @binding(5) var<storage, read_write> gates: array<vec4<f32>>;

const LENGTH = STRIPS * CHANNELS4;
var<workgroup> pooled: array<vec4f, PARTS * LENGTH>; // [part, strip, channel4]
var<workgroup> partial: array<f32, SPLITS * MIDDLE * STRIPS>; // [split, hidden value, strip]
var<workgroup> hidden: array<f32, MIDDLE * STRIPS>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: vec4f, low: vec4f, high: vec4f) -> vec4f { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: vec4f) -> vec4f { return clip(v * (1.0 / 6.0) + vec4f(0.5), vec4f(0.0), vec4f(1.0)); }

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  // strip s of one axis is strip s % across of image s / across; strips past the last one repeat it and are not stored
  let isRow = group.x < params.rowTiles;
  let first = select(group.x - params.rowTiles, group.x, isRow) * STRIPS;
  let across = select(params.width, params.height, isRow);
  let last = select(params.columns, params.rows, isRow) - 1u;
  let length = select(params.height, params.width, isRow);
  let step = select(params.width, 1u, isRow) * params.channels4;
  let stepBetween = select(1u, params.width, isRow); // in pixels

  for (var j = thread; j < PARTS * LENGTH; j += THREADS) {
    let strip = min(first + j / CHANNELS4 % STRIPS, last);
    let start = strip / across * params.height * params.width + strip % across * stepBetween;
    let at = start * params.channels4 + j % CHANNELS4;
    var sum = vec4f(0.0);
    var top = vec4f(x[at]);
    for (var k = j / LENGTH; k < length; k += PARTS) {
      let value = vec4f(x[at + k * step]);
      sum += value;
      if (KIND > 0u) { top = max(top, value); }
    }
    // the sum is NaN if the strip has a NaN: only then is each value tested
    if (KIND > 0u && any(isNan(sum))) {
      for (var k = 0u; k < length; k++) {
        let value = vec4f(x[at + k * step]);
        top = select(top, value, isNan(value));
      }
    }
    var result = sum / f32(length);
    if (KIND == 1u) { result = top; }
    if (KIND == 2u) { result = top + result; }
    pooled[j] = result;
  }
  workgroupBarrier();

  if (PARTS > 1u) {
    for (var j = thread; j < LENGTH; j += THREADS) {
      for (var part = 1u; part < PARTS; part++) { pooled[j] += pooled[part * LENGTH + j]; }
    }
    workgroupBarrier();
  }

  for (var j = thread; j < SPLITS * MIDDLE; j += THREADS) {
    var sum = array<f32, STRIPS>(); // some compilers clear a variable without a value once, not per iteration
    for (var c = j / MIDDLE; c < params.channels4; c += SPLITS) {
      let at = params.squeeze + 4u * c * MIDDLE + j % MIDDLE;
      let taps = vec4f(state[at], state[at + MIDDLE], state[at + 2u * MIDDLE], state[at + 3u * MIDDLE]);
      for (var s = 0u; s < STRIPS; s++) { sum[s] += dot(pooled[s * CHANNELS4 + c], taps); }
    }
    for (var s = 0u; s < STRIPS; s++) { partial[j * STRIPS + s] = sum[s]; }
  }
  workgroupBarrier();

  for (var j = thread; j < MIDDLE * STRIPS; j += THREADS) {
    let m = j / STRIPS;
    var sum = params.biasTimes * state[params.squeezeBias + m];
    for (var split = 0u; split < SPLITS; split++) { sum += partial[split * MIDDLE * STRIPS + j]; }
    if (COORDINATE) {
      let scale = state[params.gamma + m] / sqrt(running[params.variance + m] + params.eps);
      sum = sum * scale + (state[params.beta + m] - running[params.mean + m] * scale);
      sum *= select(hardSigmoid(vec4f(sum)), vec4f(sum), isNan(vec4f(sum))).x;
    } else if (!isNan(vec4f(sum)).x) { sum = max(sum, 0.0); }
    hidden[j] = sum;
  }
  workgroupBarrier();

  let end = params.channels4 * (group.y + 1u) / groups.y;
  let excite = select(params.columnExcite, params.rowExcite, isRow);
  let bias = select(params.columnBias, params.rowBias, isRow);
  for (var c = params.channels4 * group.y / groups.y + thread; c < end; c += THREADS) {
    var sum: array<vec4f, STRIPS>;
    for (var s = 0u; s < STRIPS; s++) { sum[s] = state4[bias + c]; }
    for (var m = 0u; m < params.middle; m++) {
      let tap = state4[excite + m * params.channels4 + c];
      for (var s = 0u; s < STRIPS; s++) { sum[s] += hidden[m * STRIPS + s] * tap; }
    }
    for (var s = 0u; s < STRIPS; s++) {
      let strip = first + s;
      if (strip <= last) {
        var gate = hardSigmoid(sum[s]);
        if (COORDINATE) { gate = vec4f(1.0) / (vec4f(1.0) + exp(-sum[s])); }
        let place = strip / across * params.positions + select(params.height, 0u, isRow) + strip % across;
        gates[place * params.channels4 + c] = select(gate, sum[s], isNan(sum[s]));
      }
    }
  }
}
