// Matrix product, the pointwise convolution's fast path:  y = x * w + bias
//
//   y [rows, columns]   x [rows, inner]   w [inner, columns]   bias [columns]     rows = N * H * W
//
// columns is a multiple of four (columns4 = columns / 4); inner and rows are any numbers.
// One thread makes 8 rows x 8 columns in registers. For each step of inner it loads 8 scalars of x and
// 2 vec4 of w, for 16 vec4 multiply-adds. No shared memory and no barrier: neighbours share w and x by
// the cache. The tile is written out by hand because some drivers keep an indexed array in memory, and
// the loop takes one step of inner at a time because longer bodies spill registers.
// At inference the batch norm that follows rides along (NORM: bias is its beta), and so do the activation and the addition of a residual:
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta) [+ residual]
// Must move: 4 * (rows * inner + inner * columns + rows * columns) bytes.
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid
override RESIDUAL: bool = false;

struct Params {
  rows: u32,
  inner: u32,
  columns4: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> mean: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read> residual: array<vec4<f32>>;

fn hardSigmoid(v: vec4f) -> vec4f { return clamp(v * (1.0 / 6.0) + vec4f(0.5), vec4f(0.0), vec4f(1.0)); }

fn activate(v: vec4f) -> vec4f {
  switch ACTIVATION {
    case 1u: { return max(v, vec4f(0.0)); }
    case 2u: { return clamp(v, vec4f(0.0), vec4f(6.0)); }
    case 3u: { return v * hardSigmoid(v); }
    case 4u: { return vec4f(1.0) / (vec4f(1.0) + exp(-v)); }
    case 5u: { return hardSigmoid(v); }
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
  if (RESIDUAL) { value += residual[at]; }
  y[at] = value;
}

fn store_row(row: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
  if (row >= params.rows) { return; }
  let at = row * params.columns4 + column;
  store(at, column, left);
  if (column + 1u < params.columns4) { store(at + 1u, column + 1u, right); }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let across = (params.columns4 + 1u) / 2u;
  let column = i % across * 2u;
  let row = i / across * 8u;
  if (row >= params.rows) { return; }

  // rows and columns past the edge read the last one again and are not stored
  let n = params.inner;
  let last = params.rows - 1u;
  let x0 = row * n;
  let x1 = min(row + 1u, last) * n;
  let x2 = min(row + 2u, last) * n;
  let x3 = min(row + 3u, last) * n;
  let x4 = min(row + 4u, last) * n;
  let x5 = min(row + 5u, last) * n;
  let x6 = min(row + 6u, last) * n;
  let x7 = min(row + 7u, last) * n;
  let column1 = min(column + 1u, params.columns4 - 1u);

  var left0 = vec4<f32>(0.0);
  var right0 = vec4<f32>(0.0);
  if (HAS_BIAS && !NORM) {
    left0 = bias[column];
    right0 = bias[column1];
  }
  var left1 = left0;
  var right1 = right0;
  var left2 = left0;
  var right2 = right0;
  var left3 = left0;
  var right3 = right0;
  var left4 = left0;
  var right4 = right0;
  var left5 = left0;
  var right5 = right0;
  var left6 = left0;
  var right6 = right0;
  var left7 = left0;
  var right7 = right0;
  for (var k = 0u; k < n; k++) {
    let wl = w[k * params.columns4 + column];
    let wr = w[k * params.columns4 + column1];
    var value = x[x0 + k];
    left0 += value * wl;
    right0 += value * wr;
    value = x[x1 + k];
    left1 += value * wl;
    right1 += value * wr;
    value = x[x2 + k];
    left2 += value * wl;
    right2 += value * wr;
    value = x[x3 + k];
    left3 += value * wl;
    right3 += value * wr;
    value = x[x4 + k];
    left4 += value * wl;
    right4 += value * wr;
    value = x[x5 + k];
    left5 += value * wl;
    right5 += value * wr;
    value = x[x6 + k];
    left6 += value * wl;
    right6 += value * wr;
    value = x[x7 + k];
    left7 += value * wl;
    right7 += value * wr;
  }
  store_row(row, column, left0, right0);
  store_row(row + 1u, column, left1, right1);
  store_row(row + 2u, column, left2, right2);
  store_row(row + 3u, column, left3, right3);
  store_row(row + 4u, column, left4, right4);
  store_row(row + 5u, column, left5, right5);
  store_row(row + 6u, column, left6, right6);
  store_row(row + 7u, column, left7, right7);
}
