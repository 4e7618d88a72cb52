// matmul_split: matrix product whose workgroups split the inner dimension, for products with few outputs on a GPU.
//
//   y = x * w + bias
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so are the activation and the addition of
// a residual:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta) [+ residual]
//
// With GATES, x is first multiplied by one gate per image (squeeze-excitation: height 1, width H * W), or by two, of its row and
// its column (coordinate attention): x[n, h, w] * gate[n, h] * gate[n, H + w]
//
// SHIFTED: a bias precedes the batch norm, and sum includes biasTimes * bias; it is bound in place of the residual.
//
// Layouts   y, residual: [rows, columns], SHIFTED [columns]. x: [rows, inner]. w: [inner, columns]. bias: [columns]. gate: [N, 1 or H + W, inner]. rows = N * H * W;
//           inner is a multiple of four (inner4 = inner / 4). Columns are read as Vecs (columns4 of them).
// A thread  A workgroup of ACROSS * PARTS threads computes ROWS rows x ACROSS Vecs of columns. Each thread sums one of
//           PARTS equal parts of inner for one Vec of columns: per vec4 of x it loads ROWS vec4 of x and 4 Vecs of w, for
//           4 * ROWS Vec multiply-adds. All threads of a part load the same x. The parts meet in workgroup memory, where
//           each sum is added in the order of the parts, so results are identical bit for bit.
// Bytes     4 * (rows * inner + inner * columns + rows * columns).
// Reference tests/reference/ops/matmul.ts

// The host replaces Vec by f32 if the number of columns is not a multiple of four.
alias Vec = vec4<f32>;
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec
alias Number = f32; // storage type of x, y and residual: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type
const ROWS = 4u;
const ACROSS = 16u;
const PARTS = 4u;
const TILE = ROWS * ACROSS; // Vecs of y per workgroup
const GATES = 0u; // 0, 1 or 2
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: bool = false;
override SHIFTED: bool = false;

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  eps: f32,
  biasTimes: f32,
  height: u32, // of the images, with GATES
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<Number>>;
@group(0) @binding(2) var<storage, read> w: array<Vec>;
@group(0) @binding(3) var<storage, read> bias: array<Vec>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<Vec>;
@group(0) @binding(6) var<storage, read> mean: array<Vec>;
@group(0) @binding(7) var<storage, read> variance: array<Vec>;
@group(0) @binding(8) var<storage, read> residual: array<Stored>;
@group(0) @binding(9) var<storage, read> gate: array<vec4<f32>>;

// [part, row, Vec of columns]
var<workgroup> partial: array<Vec, PARTS * TILE>;

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

fn store(at: u32, column: u32, sum: Vec) {
  var value = sum;
  if (NORM) {
    let scale = gamma[column] / sqrt(variance[column] + Vec(params.eps));
    value = sum * scale + (bias[column] - mean[column] * scale);
  }
  value = activate(value);
  if (RESIDUAL) { value += Vec(residual[at]); }
  y[at] = Stored(value);
}

// Returns the place in `gate` of gate g of a row: of the pixel's row in its image, or of its column.
fn placeOfGate(row: u32, g: u32) -> u32 {
  let image = row / (params.height * params.width);
  let strips = params.height + select(0u, params.width, GATES > 1u); // per image
  let strip = select(row / params.width % params.height, params.height + row % params.width, g > 0u);
  return image * strips + strip;
}

@compute @workgroup_size(ACROSS, PARTS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) thread: vec3u) {
  // rows and columns past the edge repeat the last one and are not stored; no thread returns early, because all threads
  // must reach the barrier
  let row = group.y * ROWS;
  let left = group.x * ACROSS;
  let column = min(left + thread.x, params.columns4 - 1u);
  let n = params.inner4;
  var place: array<u32, ROWS>;
  var gateAt: array<u32, max(GATES, 1u) * ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    let mine = min(row + r, params.rows - 1u);
    place[r] = mine * n;
    for (var g = 0u; g < GATES; g++) { gateAt[g * ROWS + r] = placeOfGate(mine, g) * n; }
  }

  var sum: array<Vec, ROWS>;
  if (HAS_BIAS && thread.y == 0u) {
    var shift = Vec(0.0);
    if (SHIFTED) { shift = Vec(residual[column]); } else if (!NORM) { shift = bias[column]; }
    for (var r = 0u; r < ROWS; r++) { sum[r] = params.biasTimes * shift; }
  }
  let length = (n + PARTS - 1u) / PARTS;
  let end = min(n, (thread.y + 1u) * length);
  for (var k = thread.y * length; k < end; k++) {
    let at = 4u * k * params.columns4 + column;
    let w0 = w[at];
    let w1 = w[at + params.columns4];
    let w2 = w[at + 2u * params.columns4];
    let w3 = w[at + 3u * params.columns4];
    for (var r = 0u; r < ROWS; r++) {
      var v = vec4f(x[place[r] + k]);
      for (var g = 0u; g < GATES; g++) { v *= gate[gateAt[g * ROWS + r] + k]; }
      sum[r] = fma(Vec(v.w), w3, fma(Vec(v.z), w2, fma(Vec(v.y), w1, fma(Vec(v.x), w0, sum[r]))));
    }
  }

  for (var r = 0u; r < ROWS; r++) { partial[thread.y * TILE + r * ACROSS + thread.x] = sum[r]; }
  workgroupBarrier();
  // part p stores the rows p, p + PARTS, ...
  if (left + thread.x < params.columns4) {
    for (var r = thread.y; r < min(ROWS, params.rows - row); r += PARTS) {
      let at = r * ACROSS + thread.x;
      var total = partial[at];
      for (var part = 1u; part < PARTS; part++) { total += partial[part * TILE + at]; }
      store((row + r) * params.columns4 + column, column, total);
    }
  }
}
