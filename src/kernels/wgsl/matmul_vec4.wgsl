// matmul_vec4: matrix product, the fast path of the pointwise convolution on GPUs.
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
// Layouts   y, residual: [rows, columns]. x: [rows, inner]. w: [inner, columns]. bias: [columns]. gate: [N, 1 or H + W, inner]. rows = N * H * W;
//           columns is a multiple of four (columns4 = columns / 4); inner and rows are any numbers.
// A thread  One thread computes ROWS rows x COLUMNS vec4 of columns in registers. For each step of inner it loads ROWS
//           scalars of x and COLUMNS vec4 of w, for ROWS * COLUMNS vec4 multiply-adds. It uses no shared memory and no
//           barrier: neighboring threads share w and x through the cache. The host unrolls the loops over the tile
//           (gpu/unroll.ts), so that the tile becomes registers; the loop over inner is not unrolled, because longer
//           bodies spill registers. The size of the tile does not change the order of addition.
// Bytes     4 * (rows * inner + inner * columns + rows * columns).
// Reference tests/reference/ops/matmul.ts
alias Number = f32; // storage type of x, y and residual: f16 in half precision
alias Stored = vec4<Number>;
const ROWS = 8u;
const COLUMNS = 2u;
const GATES = 0u; // 0, 1 or 2
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: bool = false;

struct Params {
  rows: u32,
  inner: u32,
  columns4: u32,
  eps: f32,
  height: u32, // of the images, with GATES
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Number>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read> residual: array<Stored>;
@group(0) @binding(9) var<storage, read> gate: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }
// Cheaper than clamp on adapters whose clamp checks for NaN.
fn clip(v: vec4f, low: vec4f, high: vec4f) -> vec4f { return select(select(v, high, v > high), low, v < low); }
fn hardSigmoid(v: vec4f) -> vec4f { return clip(v * (1.0 / 6.0) + vec4f(0.5), vec4f(0.0), vec4f(1.0)); }

fn activate(v: vec4f) -> vec4f {
  switch ACTIVATION {
    case 1u: { return select(clip(v, vec4f(0.0), v), v, isNan(v)); }
    case 2u: { return select(clip(v, vec4f(0.0), vec4f(6.0)), v, isNan(v)); }
    case 3u: { return v * hardSigmoid(v); } // NaN times any number is NaN
    case 4u: { return select(vec4f(1.0) / (vec4f(1.0) + exp(-v)), v, isNan(v)); }
    case 5u: { return select(hardSigmoid(v), v, isNan(v)); }
    case 6u: { return select(v / (vec4f(1.0) + exp(-v)), v, isNan(v)); }
    default: { return v; }
  }
}

fn store(at: u32, column: u32, sum: vec4f) {
  var value = sum;
  if (NORM) {
    let scale = gamma[column] / sqrt(variance[column] + params.eps);
    value = sum * scale + (bias[column] - mean[column] * scale);
  }
  value = activate(value);
  if (RESIDUAL) { value += vec4f(residual[at]); }
  y[at] = Stored(value);
}

// Returns the place in `gate` of gate g of a row: of the pixel's row in its image, or of its column.
fn placeOfGate(row: u32, g: u32) -> u32 {
  let image = row / (params.height * params.width);
  let strips = params.height + select(0u, params.width, GATES > 1u); // per image
  let strip = select(row / params.width % params.height, params.height + row % params.width, g > 0u);
  return image * strips + strip;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let across = (params.columns4 + COLUMNS - 1u) / COLUMNS;
  let column = i % across * COLUMNS;
  let row = i / across * ROWS;
  if (row >= params.rows) { return; }

  // rows and columns past the edge repeat the last one and are not stored
  let n = params.inner;
  var place: array<u32, ROWS>;
  var gateAt: array<u32, max(GATES, 1u) * ROWS>;
  for (var r = 0u; r < ROWS; r++) {
    let mine = min(row + r, params.rows - 1u);
    place[r] = mine * n;
    for (var g = 0u; g < GATES; g++) { gateAt[g * ROWS + r] = placeOfGate(mine, g) * n; }
  }
  var place4: array<u32, COLUMNS>;
  for (var c = 0u; c < COLUMNS; c++) { place4[c] = min(column + c, params.columns4 - 1u); }

  var sum: array<vec4f, ROWS * COLUMNS>;
  if (HAS_BIAS && !NORM) {
    for (var r = 0u; r < ROWS; r++) {
      for (var c = 0u; c < COLUMNS; c++) { sum[r * COLUMNS + c] = bias[place4[c]]; }
    }
  }
  var four: array<vec4f, COLUMNS>;
  for (var k = 0u; k < n; k++) {
    for (var c = 0u; c < COLUMNS; c++) { four[c] = w[k * params.columns4 + place4[c]]; }
    for (var r = 0u; r < ROWS; r++) {
      var value = f32(x[place[r] + k]);
      for (var g = 0u; g < GATES; g++) { value *= gate[gateAt[g * ROWS + r] + k]; }
      for (var c = 0u; c < COLUMNS; c++) { sum[r * COLUMNS + c] += value * four[c]; }
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    for (var c = 0u; c < COLUMNS; c++) {
      if (row + r < params.rows && column + c < params.columns4) {
        store((row + r) * params.columns4 + column + c, column + c, sum[r * COLUMNS + c]);
      }
    }
  }
}
