// Matrix product for devices with narrow subgroups (4 to 8 lanes, as software adapters have):
//   y = x * w + bias,   or with TRANSPOSED   y = x * w^T     (the gradient of the former by x)
//
//   y [rows, columns]   x [rows, inner]   w [inner, columns], transposed [columns, inner]   bias [columns]
//
// inner and columns are multiples of four (inner4, columns4: a quarter of them).
// A workgroup makes ROWS rows; each lane four columns of them, in registers. On such devices a load
// costs as much as ten multiply-adds, and every lane of the group needs the same values of x. So each
// lane loads one row in four and hands it to the others by subgroupBroadcast: a quarter of the loads.
// Four steps of inner are taken at once, since a sum that lives over many statements is kept in memory.
// At inference the batch norm that follows rides along (NORM: bias is its beta), and so do the activation and the addition of a residual:
//   y = act(gamma * (sum - mean) / sqrt(variance + eps) + beta) [+ residual]
// Must move: 4 * (rows * inner + inner * columns + rows * columns) bytes.
enable subgroups;

override HAS_BIAS: bool = false;
override NORM: bool = false;
override ACTIVATION: u32 = 0u; // 0 none, 1 relu, 2 relu6, 3 hardSwish, 4 sigmoid, 5 hardSigmoid
override RESIDUAL: bool = false;
override TRANSPOSED: bool = false;
override LANES: u32 = 8u;
override ROWS: u32 = 16u; // 4, 8 or 16

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
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

// sum + v * m: four steps of inner for four columns
fn advance(sum: vec4f, v: vec4f, m0: vec4f, m1: vec4f, m2: vec4f, m3: vec4f) -> vec4f {
  return fma(v.xxxx, m0, fma(v.yyyy, m1, fma(v.zzzz, m2, fma(v.wwww, m3, sum))));
}

fn store(row: u32, column: u32, sum: vec4f, scale: vec4f, shift: vec4f) {
  if (row >= params.rows || column >= params.columns4) { return; }
  let at = row * params.columns4 + column;
  var value = sum;
  if (NORM) { value = sum * scale + shift; }
  value = activate(value);
  if (RESIDUAL) { value += residual[at]; }
  y[at] = value;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // Rows and columns past the edge repeat the last one and are not stored; no lane leaves early, since
  // all of a subgroup must take part in a broadcast.
  let column = group.x * LANES + thread;
  let c = min(column, params.columns4 - 1u);
  let row = group.y * ROWS;
  let last = params.rows - 1u;
  let mine = row + lane % 4u;
  let n = params.inner4;
  let at0 = min(mine, last) * n;
  let at4 = min(mine + 4u, last) * n;
  let at8 = min(mine + 8u, last) * n;
  let at12 = min(mine + 12u, last) * n;
  let step = select(params.columns4, n, TRANSPOSED);

  var sum0 = vec4f(0.0);
  if (HAS_BIAS && !NORM) { sum0 = bias[c]; }
  var sum1 = sum0;
  var sum2 = sum0;
  var sum3 = sum0;
  var sum4 = sum0;
  var sum5 = sum0;
  var sum6 = sum0;
  var sum7 = sum0;
  var sum8 = sum0;
  var sum9 = sum0;
  var sum10 = sum0;
  var sum11 = sum0;
  var sum12 = sum0;
  var sum13 = sum0;
  var sum14 = sum0;
  var sum15 = sum0;
  for (var k = 0u; k < n; k++) {
    // four vec4 of w: four rows of it, or where it is transposed four columns, to be turned
    let at = select(4u * k * params.columns4 + c, 4u * c * n + k, TRANSPOSED);
    let read = mat4x4f(w[at], w[at + step], w[at + 2u * step], w[at + 3u * step]);
    let turned = transpose(read);
    let m0 = select(read[0], turned[0], TRANSPOSED);
    let m1 = select(read[1], turned[1], TRANSPOSED);
    let m2 = select(read[2], turned[2], TRANSPOSED);
    let m3 = select(read[3], turned[3], TRANSPOSED);
    let v0 = x[at0 + k];
    sum0 = advance(sum0, subgroupBroadcast(v0, 0u), m0, m1, m2, m3);
    sum1 = advance(sum1, subgroupBroadcast(v0, 1u), m0, m1, m2, m3);
    sum2 = advance(sum2, subgroupBroadcast(v0, 2u), m0, m1, m2, m3);
    sum3 = advance(sum3, subgroupBroadcast(v0, 3u), m0, m1, m2, m3);
    if (ROWS > 4u) {
      let v4 = x[at4 + k];
      sum4 = advance(sum4, subgroupBroadcast(v4, 0u), m0, m1, m2, m3);
      sum5 = advance(sum5, subgroupBroadcast(v4, 1u), m0, m1, m2, m3);
      sum6 = advance(sum6, subgroupBroadcast(v4, 2u), m0, m1, m2, m3);
      sum7 = advance(sum7, subgroupBroadcast(v4, 3u), m0, m1, m2, m3);
    }
    if (ROWS > 8u) {
      let v8 = x[at8 + k];
      sum8 = advance(sum8, subgroupBroadcast(v8, 0u), m0, m1, m2, m3);
      sum9 = advance(sum9, subgroupBroadcast(v8, 1u), m0, m1, m2, m3);
      sum10 = advance(sum10, subgroupBroadcast(v8, 2u), m0, m1, m2, m3);
      sum11 = advance(sum11, subgroupBroadcast(v8, 3u), m0, m1, m2, m3);
      let v12 = x[at12 + k];
      sum12 = advance(sum12, subgroupBroadcast(v12, 0u), m0, m1, m2, m3);
      sum13 = advance(sum13, subgroupBroadcast(v12, 1u), m0, m1, m2, m3);
      sum14 = advance(sum14, subgroupBroadcast(v12, 2u), m0, m1, m2, m3);
      sum15 = advance(sum15, subgroupBroadcast(v12, 3u), m0, m1, m2, m3);
    }
  }

  var scale = vec4f(1.0);
  var shift = vec4f(0.0);
  if (NORM) {
    scale = gamma[c] / sqrt(variance[c] + params.eps);
    shift = bias[c] - mean[c] * scale;
  }
  store(row, column, sum0, scale, shift);
  store(row + 1u, column, sum1, scale, shift);
  store(row + 2u, column, sum2, scale, shift);
  store(row + 3u, column, sum3, scale, shift);
  if (ROWS > 4u) {
    store(row + 4u, column, sum4, scale, shift);
    store(row + 5u, column, sum5, scale, shift);
    store(row + 6u, column, sum6, scale, shift);
    store(row + 7u, column, sum7, scale, shift);
  }
  if (ROWS > 8u) {
    store(row + 8u, column, sum8, scale, shift);
    store(row + 9u, column, sum9, scale, shift);
    store(row + 10u, column, sum10, scale, shift);
    store(row + 11u, column, sum11, scale, shift);
    store(row + 12u, column, sum12, scale, shift);
    store(row + 13u, column, sum13, scale, shift);
    store(row + 14u, column, sum14, scale, shift);
    store(row + 15u, column, sum15, scale, shift);
  }
}
