// matmul_subgroup: matrix product for devices with narrow subgroups (4 to 8 lanes, as software adapters have).
//
//   y = x * w + bias,   or with TRANSPOSED   y = x * w^T     (the gradient of the former with respect to x)
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so are the activation and the addition of
// a residual:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta) [+ residual]
//
// With GATES, x is first multiplied by one gate per image (squeeze-excitation: height 1, width H * W), or by two, of its row and
// its column (coordinate attention): x[n, h, w] * gate[n, h] * gate[n, H + w]
//
// Layouts   y, residual: [rows, columns]. x: [rows, inner]. w: [inner, columns], transposed [columns, inner]. bias:
//           [columns]. gate: [N, 1 or H + W, inner]. inner and columns are multiples of four (inner4, columns4: a
//           quarter of them).
// A thread  One thread computes ROWS rows of four columns in registers; its workgroup computes the same ROWS rows. On
//           such devices a load costs as much as twenty multiply-adds, and every lane needs the same values of x.
//           Therefore each lane loads one row in SHARERS, and the lanes exchange rows: after an exchange with lane ^ j a
//           lane holds row (lane ^ j) of the SHARERS. The sums of each lane are thus in a different order, which matters
//           only when they are stored. An exchange within four lanes is one shuffle, a broadcast is ten operations. Each
//           iteration covers four steps of inner, because a sum that stays live over many statements is kept in memory.
//           The host unrolls the loops with constant bounds (gpu/unroll.ts), so that the arrays become registers.
// Bytes     4 * (rows * inner + inner * columns + rows * columns).
// Reference tests/reference/ops/matmul.ts
enable subgroups;

alias Number = f32; // storage type of x, y and residual: f16 in half precision
alias Stored = vec4<Number>;
const ROWS = 32u; // 4, 8, 12, 16, 24 or 32
const SHARERS = 4u; // lanes that share their loads of x: 4 or 8, a divisor of ROWS
const GATES = 0u; // 0, 1 or 2
const COPIES = 4u; // copies of the code that stores a row, a divisor of ROWS; LLVM needs long to compile each
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: bool = false;
override TRANSPOSED: bool = false;
override LANES: u32 = 8u;

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  eps: f32,
  height: u32, // of the images, with GATES
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read> residual: array<Stored>;
@group(0) @binding(9) var<storage, read> gate: array<vec4<f32>>;

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

// sum + v * m: four steps of inner for four columns, one column after the other, which needs the fewest registers.
fn advance(sum: vec4f, v: vec4f, m: mat4x4f) -> vec4f {
  var s = sum;
  for (var c = 0u; c < 4u; c++) {
    for (var k = 0u; k < 4u; k++) { s[c] = fma(v[3u - k], m[3u - k][c], s[c]); }
  }
  return s;
}

fn store(at: u32, sum: vec4f, scale: vec4f, shift: vec4f) {
  var value = sum;
  if (NORM) { value = sum * scale + shift; }
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

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // Rows and columns past the edge repeat the last one and are not stored; no lane returns early, because
  // all lanes of a subgroup must take part in an exchange.
  let column = group.x * LANES + thread;
  let c = min(column, params.columns4 - 1u);
  let row = group.y * ROWS;
  let last = params.rows - 1u;
  let me = lane % SHARERS;
  let n = params.inner4;
  let step = select(params.columns4, n, TRANSPOSED);

  var place: array<u32, ROWS / SHARERS>;
  var gateAt: array<u32, max(GATES, 1u) * (ROWS / SHARERS)>;
  for (var r = 0u; r < ROWS; r += SHARERS) {
    let mine = min(row + r + me, last);
    place[r / SHARERS] = mine * n;
    for (var g = 0u; g < GATES; g++) { gateAt[g * (ROWS / SHARERS) + r / SHARERS] = placeOfGate(mine, g) * n; }
  }

  var sum: array<vec4f, ROWS>;
  if (HAS_BIAS && !NORM) {
    for (var r = 0u; r < ROWS; r += 4u) {
      for (var j = r; j < r + 4u; j++) { sum[j] = bias[c]; }
    }
  }
  for (var k = 0u; k < n; k++) {
    // four vec4 of w: four rows, or with TRANSPOSED four columns, which are then transposed
    let at = select(4u * k * params.columns4 + c, 4u * c * n + k, TRANSPOSED);
    var m = mat4x4f(w[at], w[at + step], w[at + 2u * step], w[at + 3u * step]);
    if (TRANSPOSED) { m = transpose(m); }
    for (var r = 0u; r < ROWS; r += SHARERS) {
      var v = vec4f(x[place[r / SHARERS] + k]);
      for (var g = 0u; g < GATES; g++) { v *= gate[gateAt[g * (ROWS / SHARERS) + r / SHARERS] + k]; }
      for (var j = r; j < r + SHARERS; j += 4u) {
        if (j > r) { v = subgroupShuffleXor(v, 4u); }
        sum[j] = advance(sum[j], v, m);
        sum[j + 1u] = advance(sum[j + 1u], quadSwapX(v), m);
        sum[j + 2u] = advance(sum[j + 2u], quadSwapY(v), m);
        sum[j + 3u] = advance(sum[j + 3u], quadSwapDiagonal(v), m);
      }
    }
  }

  var scale = vec4f(1.0);
  var shift = vec4f(0.0);
  if (NORM) {
    scale = gamma[c] / sqrt(variance[c] + params.eps);
    shift = bias[c] - mean[c] * scale;
  }
  let end = select(0u, params.rows, column < params.columns4);
  // one copy per row of the code that stores a row, if COPIES is ROWS
  for (var r = 0u; r < COPIES / ROWS * ROWS; r += 4u) {
    for (var j = r; j < r + 4u; j++) {
      let at = row + (j ^ me);
      if (at < end) { store(at * params.columns4 + column, sum[j], scale, shift); }
    }
  }
  // Otherwise COPIES of them in a loop. Its bound is not a constant, so that the driver does not unroll it, and `select` takes
  // the place of an index, which would keep the sums in memory.
  for (var loops = COPIES / ROWS; loops < 1u; loops++) {
    let rounds = select(1u, ROWS / COPIES, n > 0u);
    for (var round = 0u; round < rounds; round++) {
      for (var i = 0u; i < COPIES; i++) {
        var value = sum[i];
        for (var g = 1u; g < ROWS / COPIES; g++) { value = select(value, sum[g * COPIES + i], round == g); }
        let at = row + ((round * COPIES + i) ^ me);
        if (at < end) { store(at * params.columns4 + column, value, scale, shift); }
      }
    }
  }
}
