// matmul: matrix product of any size, the general path.
//
//   y[m] = a[m] * b[m] + bias            for each member m of the batch
//
// a and b are read through strides, so a transposed operand is a swap of two numbers, and a broadcast batch axis has
// stride 0. If inner is long and the result is small (a weight gradient: inner = all pixels of the batch), the host
// splits inner into chunks, and sum_partials.wgsl adds them. At inference the following batch norm is fused (NORM), and
// so is the activation:
//
//   y = act(gamma * (a b + biasTimes * bias - mean) / sqrt(variance + eps) + beta)
//
// Layouts   a: [batch, rows, inner]. b: [batch, inner, columns]. bias: [columns]. y: [batch, rows, columns], or [chunks,
//           batch, rows, columns]. Up to four batch axes.
// A thread  One thread computes a tile of 8 x 8 results in registers: 16 loads for 64 multiply-adds. The loop body
//           covers one step of inner: longer bodies spill registers and measure slower.
// Bytes     4 * (rows * inner + inner * columns + rows * columns) per batch member.
// Reference tests/reference/ops/matmul.ts
alias Number = f32; // storage type of a and y: f16 in half precision
override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid, 6 silu

struct Params {
  batchShape: vec4u,
  aBatch: vec4u,
  bBatch: vec4u,
  batches: u32,
  rows: u32,
  columns: u32,
  inner: u32,
  innerChunk: u32,
  aRow: u32,
  aInner: u32,
  bInner: u32,
  bColumn: u32,
  count: u32,
  eps: f32,
  biasTimes: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Number>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<Number>;
@group(0) @binding(5) var<storage, read> gamma: array<f32>;
@group(0) @binding(6) var<storage, read> beta: array<f32>;
@group(0) @binding(7) var<storage, read> mean: array<f32>;
@group(0) @binding(8) var<storage, read> variance: array<f32>;

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

// Batch norm as y = sum * scale + shift, for four columns.
struct Norm { scale: vec4f, shift: vec4f }

fn normOf(columns: vec4u) -> Norm {
  var norm = Norm(vec4f(1.0), vec4f(0.0));
  if (NORM) {
    for (var k = 0u; k < 4u; k++) {
      let column = columns[k];
      norm.scale[k] = gamma[column] / sqrt(variance[column] + params.eps);
      norm.shift[k] = beta[column] - mean[column] * norm.scale[k];
    }
  }
  return norm;
}

// Stores four neighboring values of a row of y, starting at `column`.
fn store(at: u32, column: u32, sum: vec4f, norm: Norm) {
  var value = sum;
  if (NORM) { value = sum * norm.scale + norm.shift; }
  value = activate(value);
  for (var k = 0u; k < 4u; k++) {
    if (column + k < params.columns) { y[at + column + k] = Number(value[k]); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = ((chunk * batches + batch) * tilesDown + tileDown) * tilesAcross + tileAcross
  let across = (params.columns + 7u) / 8u;
  let down = (params.rows + 7u) / 8u;
  let column = i % across * 8u;
  let row = i / across % down * 8u;
  let matrix = i / (across * down);
  let chunk = matrix / params.batches;

  // offsets of this batch member in a and b
  var rest = matrix % params.batches;
  var aStart = 0u;
  var bStart = 0u;
  for (var axis = 4u; axis > 0u; axis--) {
    let coordinate = rest % params.batchShape[axis - 1u];
    rest = rest / params.batchShape[axis - 1u];
    aStart += coordinate * params.aBatch[axis - 1u];
    bStart += coordinate * params.bBatch[axis - 1u];
  }

  // rows and columns past the edge repeat the last one and are not stored
  let step = vec4u(0u, 1u, 2u, 3u);
  let lastRow = vec4u(params.rows - 1u);
  let lastColumn = vec4u(params.columns - 1u);
  let columnsLeft = min(column + step, lastColumn);
  let columnsRight = min(column + 4u + step, lastColumn);
  var top = aStart + min(row + step, lastRow) * params.aRow;
  var bottom = aStart + min(row + 4u + step, lastRow) * params.aRow;
  var near = bStart + columnsLeft * params.bColumn;
  var far = bStart + columnsRight * params.bColumn;

  let first = chunk * params.innerChunk;
  let end = min(params.inner, first + params.innerChunk);
  top += first * params.aInner;
  bottom += first * params.aInner;
  near += first * params.bInner;
  far += first * params.bInner;

  var left: array<vec4f, 8>; // the rows of the tile
  var right: array<vec4f, 8>;
  if (HAS_BIAS && chunk == 0u) {
    let biasLeft = vec4f(bias[columnsLeft.x], bias[columnsLeft.y], bias[columnsLeft.z], bias[columnsLeft.w]);
    let biasRight = vec4f(bias[columnsRight.x], bias[columnsRight.y], bias[columnsRight.z], bias[columnsRight.w]);
    for (var r = 0u; r < 8u; r++) {
      left[r] = params.biasTimes * biasLeft;
      right[r] = params.biasTimes * biasRight;
    }
  }
  for (var k = first; k < end; k++) {
    let bl = vec4f(b[near.x], b[near.y], b[near.z], b[near.w]);
    let br = vec4f(b[far.x], b[far.y], b[far.z], b[far.w]);
    for (var r = 0u; r < 4u; r++) {
      let value = f32(a[top[r]]);
      left[r] += value * bl;
      right[r] += value * br;
    }
    for (var r = 0u; r < 4u; r++) {
      let value = f32(a[bottom[r]]);
      left[r + 4u] += value * bl;
      right[r + 4u] += value * br;
    }
    top += params.aInner;
    bottom += params.aInner;
    near += params.bInner;
    far += params.bInner;
  }
  let normLeft = normOf(columnsLeft);
  let normRight = normOf(columnsRight);
  for (var r = 0u; r < 8u; r++) {
    if (row + r < params.rows) {
      let at = (matrix * params.rows + row + r) * params.columns;
      store(at, column, left[r], normLeft);
      store(at, column + 4u, right[r], normRight);
    }
  }
}
