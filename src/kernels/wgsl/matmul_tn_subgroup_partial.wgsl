// Matrix product with the first operand transposed, for devices with narrow subgroups (4 to 8 lanes):
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
// (the gradient of a pointwise convolution, y = x * w, by its weight; sum_partials adds the chunks)
//
//   partial [chunks, inner, columns]   x [rows, inner]   dy [rows, columns]     rows = N * H * W
//
// inner and columns are multiples of four, chunkRows too. A workgroup makes 16 rows of the result (16
// of inner); each lane four columns of them. Every lane needs the same 16 values of x a row: each loads
// four of them and hands them on by subgroupBroadcast. Four rows of x and dy are taken at once, since a
// sum that lives over many statements is kept in memory. The order of addition is fixed, so are the bits.
// Must move: 4 * (rows * inner + rows * columns + chunks * inner * columns) bytes.
enable subgroups;

override LANES: u32 = 8u;

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  chunkRows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

// sum + v.x * g[0] + ...: four rows for four columns
fn advance(sum: vec4f, v: vec4f, g: mat4x4f) -> vec4f {
  return fma(v.xxxx, g[0], fma(v.yyyy, g[1], fma(v.zzzz, g[2], fma(v.wwww, g[3], sum))));
}

// Lane's four values of x in four rows, turned: [i] holds value i of the four rows.
fn from_lane(a: mat4x4f, lane: u32) -> mat4x4f {
  return transpose(mat4x4f(
    subgroupShuffle(a[0], lane),
    subgroupShuffle(a[1], lane),
    subgroupShuffle(a[2], lane),
    subgroupShuffle(a[3], lane),
  ));
}

fn store(at: u32, column: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) {
  let n = params.columns4;
  if (column >= n) { return; }
  partial[at] = a;
  partial[at + n] = b;
  partial[at + 2u * n] = c;
  partial[at + 3u * n] = d;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // past the edge the last value is used again and not stored; no lane leaves before the broadcasts end
  let column = group.x * LANES + thread;
  let c = min(column, params.columns4 - 1u);
  let k = group.y * 4u;
  let mine = min(k + lane % 4u, params.inner4 - 1u);
  let chunk = group.z;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);

  var sum0 = vec4f(0.0);
  var sum1 = vec4f(0.0);
  var sum2 = vec4f(0.0);
  var sum3 = vec4f(0.0);
  var sum4 = vec4f(0.0);
  var sum5 = vec4f(0.0);
  var sum6 = vec4f(0.0);
  var sum7 = vec4f(0.0);
  var sum8 = vec4f(0.0);
  var sum9 = vec4f(0.0);
  var sum10 = vec4f(0.0);
  var sum11 = vec4f(0.0);
  var sum12 = vec4f(0.0);
  var sum13 = vec4f(0.0);
  var sum14 = vec4f(0.0);
  var sum15 = vec4f(0.0);
  for (var row = chunk * params.chunkRows; row < end; row += 4u) {
    let last = end - 1u;
    let row1 = min(row + 1u, last);
    let row2 = min(row + 2u, last);
    let row3 = min(row + 3u, last);
    let n = params.inner4;
    let a = mat4x4f(x[row * n + mine], x[row1 * n + mine], x[row2 * n + mine], x[row3 * n + mine]);
    let s = params.columns4;
    var g = mat4x4f(dy[row * s + c], dy[row1 * s + c], dy[row2 * s + c], dy[row3 * s + c]);
    // rows past the end of the chunk add nothing
    if (row + 3u > last) {
      g[3] = vec4f(0.0);
      if (row + 2u > last) { g[2] = vec4f(0.0); }
      if (row + 1u > last) { g[1] = vec4f(0.0); }
    }
    var v = from_lane(a, 0u);
    sum0 = advance(sum0, v[0], g);
    sum1 = advance(sum1, v[1], g);
    sum2 = advance(sum2, v[2], g);
    sum3 = advance(sum3, v[3], g);
    v = from_lane(a, 1u);
    sum4 = advance(sum4, v[0], g);
    sum5 = advance(sum5, v[1], g);
    sum6 = advance(sum6, v[2], g);
    sum7 = advance(sum7, v[3], g);
    v = from_lane(a, 2u);
    sum8 = advance(sum8, v[0], g);
    sum9 = advance(sum9, v[1], g);
    sum10 = advance(sum10, v[2], g);
    sum11 = advance(sum11, v[3], g);
    v = from_lane(a, 3u);
    sum12 = advance(sum12, v[0], g);
    sum13 = advance(sum13, v[1], g);
    sum14 = advance(sum14, v[2], g);
    sum15 = advance(sum15, v[3], g);
  }

  let step = 4u * params.columns4;
  let at = (chunk * params.inner4 + k) * step + column;
  store(at, column, sum0, sum1, sum2, sum3);
  if (k + 1u < params.inner4) { store(at + step, column, sum4, sum5, sum6, sum7); }
  if (k + 2u < params.inner4) { store(at + 2u * step, column, sum8, sum9, sum10, sum11); }
  if (k + 3u < params.inner4) { store(at + 3u * step, column, sum12, sum13, sum14, sum15); }
}
