// matmul_tiled: matrix product through tiles in workgroup memory, for products with many outputs on a GPU.
//
//   y = x * w + bias        or, TRANSPOSED, y = x * w^T: the gradient of a pointwise convolution by its input
//
// At inference the following batch norm is fused (NORM: bias is its beta), and so are the activation and the addition of
// a residual:
//
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta) [+ residual]
//
// With GATES, x is first multiplied by one gate per image (squeeze-excitation: height 1, width H * W), or by two, of its row and
// its column (coordinate attention): x[n, h, w] * gate[n, h] * gate[n, H + w]
//
// Layouts   y, residual: [rows, columns]. x: [rows, inner]. w: [inner, columns], or TRANSPOSED [columns, inner].
//           bias: [columns]. gate: [N, 1 or H + W, inner]. rows = N * H * W; inner and columns are multiples of four (inner4, columns4: a quarter of
//           them); rows is any number.
// A thread  A workgroup of ACROSS * DOWN threads computes ROWS * DOWN rows x COLUMNS * ACROSS vec4 of columns. It walks
//           along inner in steps of 4 * DEPTH4. For each step it loads a tile of x and one of w into workgroup memory
//           once. Per vec4 of inner a thread then reads ROWS vec4 of x and 4 * COLUMNS of w from there, for 4 * ROWS *
//           COLUMNS vec4 multiply-adds. The tiles are double-buffered: the next ones are loaded while the current ones
//           are used, so one barrier per step suffices. Each sum is added along inner in order.
// Bytes     4 * (rows * inner + inner * columns + rows * columns), if every tile is loaded once.
// Reference tests/reference/ops/matmul.ts
alias Number = f32; // storage type of x, y and residual: f16 in half precision
alias Stored = vec4<Number>;
const ROWS = 4u;
const COLUMNS = 1u;
const ACROSS = 8u;
const DOWN = 8u;
const DEPTH4 = 4u;
const THREADS = ACROSS * DOWN;
const X_TILE = ROWS * DOWN * DEPTH4; // vec4 of x: [row, inner4]
const WIDTH = COLUMNS * ACROSS;
const W_TILE = 4u * DEPTH4 * WIDTH; // vec4 of w: [inner, column4]
const X_LOADS = (X_TILE + THREADS - 1u) / THREADS; // per thread and step
const W_LOADS = (DEPTH4 * WIDTH + THREADS - 1u) / THREADS; // blocks of 4 x 4
const GATES = 0u; // 0, 1 or 2
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu
override RESIDUAL: bool = false;

override TRANSPOSED: bool = false;

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

var<workgroup> xTile: array<vec4f, 2u * X_TILE>;
var<workgroup> wTile: array<vec4f, 2u * W_TILE>;

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

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // Rows and columns past the edge repeat the last one and are not stored; steps past the end of inner are zero in both
  // tiles. No thread returns early, because all threads must reach the barriers.
  let top = group.y * ROWS * DOWN;
  let left = group.x * WIDTH;
  let n = params.inner4;
  let steps = (n + DEPTH4 - 1u) / DEPTH4;
  let depth = min(n, 1u) * DEPTH4; // not a constant, so that its loop is not unrolled
  var sum: array<vec4f, ROWS * COLUMNS>;
  var xNext: array<vec4f, X_LOADS>;
  var wNext: array<mat4x4f, W_LOADS>;
  var a: array<vec4f, ROWS>;
  // step s computes with the tiles of step s - 1 while those of step s arrive
  for (var s = 0u; s <= steps; s++) {
    if (s < steps) {
      for (var j = 0u; j < X_LOADS; j++) {
        let t = index + j * THREADS;
        let k = s * DEPTH4 + t % DEPTH4;
        let row = min(top + t / DEPTH4, params.rows - 1u);
        let near = min(k, n - 1u);
        var value = vec4f(x[row * n + near]);
        for (var g = 0u; g < GATES; g++) { value *= gate[placeOfGate(row, g) * n + near]; }
        xNext[j] = select(vec4f(0.0), value, k < n);
      }
      for (var j = 0u; j < W_LOADS; j++) {
        let t = index + j * THREADS;
        let k = s * DEPTH4 + t / WIDTH;
        let column = min(left + t % WIDTH, params.columns4 - 1u);
        // four rows of w, or four columns, which are then transposed
        let near = min(k, n - 1u);
        let at = select(4u * near * params.columns4 + column, 4u * column * n + near, TRANSPOSED);
        let step = select(params.columns4, n, TRANSPOSED);
        var m = mat4x4f(w[at], w[at + step], w[at + 2u * step], w[at + 3u * step]);
        if (TRANSPOSED) { m = transpose(m); }
        if (k >= n) { m = mat4x4f(); }
        wNext[j] = m;
      }
    }
    if (s > 0u) {
      let xAt = (s - 1u) % 2u * X_TILE + thread.y * ROWS * DEPTH4;
      let wAt = (s - 1u) % 2u * W_TILE + thread.x;
      for (var k = 0u; k < depth; k++) {
        for (var r = 0u; r < ROWS; r++) { a[r] = xTile[xAt + r * DEPTH4 + k]; }
        for (var c = 0u; c < COLUMNS; c++) {
          for (var j = 0u; j < 4u; j++) {
            let b = wTile[wAt + (4u * k + j) * WIDTH + c * ACROSS];
            for (var r = 0u; r < ROWS; r++) { sum[r * COLUMNS + c] = fma(vec4f(a[r][j]), b, sum[r * COLUMNS + c]); }
          }
        }
      }
    }
    if (s < steps) {
      // the other halves: all threads finished reading these two steps ago, before the last barrier
      for (var j = 0u; j < X_LOADS; j++) {
        let t = index + j * THREADS;
        if (t < X_TILE) { xTile[s % 2u * X_TILE + t] = xNext[j]; }
      }
      for (var j = 0u; j < W_LOADS; j++) {
        let t = index + j * THREADS;
        if (t < DEPTH4 * WIDTH) {
          let at = s % 2u * W_TILE + 4u * (t / WIDTH) * WIDTH + t % WIDTH;
          for (var i = 0u; i < 4u; i++) { wTile[at + i * WIDTH] = wNext[j][i]; }
        }
      }
    }
    workgroupBarrier();
  }

  for (var r = 0u; r < ROWS; r++) {
    for (var c = 0u; c < COLUMNS; c++) {
      let row = top + thread.y * ROWS + r;
      let column = left + c * ACROSS + thread.x;
      if (row < params.rows && column < params.columns4) {
        var value = sum[r * COLUMNS + c];
        if (HAS_BIAS && !NORM) { value += bias[column]; }
        store(row * params.columns4 + column, column, value);
      }
    }
  }
}
