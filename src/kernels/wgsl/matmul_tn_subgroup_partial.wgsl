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

// sum + v * g: four rows for four columns
fn advance(sum: vec4f, v: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return fma(v.xxxx, g0, fma(v.yyyy, g1, fma(v.zzzz, g2, fma(v.wwww, g3, sum))));
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
    // rows past the end of the chunk repeat its last one and add nothing
    let last = end - 1u;
    let row1 = min(row + 1u, last);
    let row2 = min(row + 2u, last);
    let row3 = min(row + 3u, last);
    let n = params.inner4;
    let a0 = x[row * n + mine];
    let a1 = x[row1 * n + mine];
    let a2 = x[row2 * n + mine];
    let a3 = x[row3 * n + mine];
    let s = params.columns4;
    let g0 = dy[row * s + c];
    let g1 = dy[row1 * s + c] * f32(row1 - row);
    let g2 = dy[row2 * s + c] * f32((row2 - row) / 2u);
    let g3 = dy[row3 * s + c] * f32((row3 - row) / 3u);
    let b00 = subgroupBroadcast(a0, 0u);
    let b01 = subgroupBroadcast(a1, 0u);
    let b02 = subgroupBroadcast(a2, 0u);
    let b03 = subgroupBroadcast(a3, 0u);
    sum0 = advance(sum0, vec4f(b00.x, b01.x, b02.x, b03.x), g0, g1, g2, g3);
    sum1 = advance(sum1, vec4f(b00.y, b01.y, b02.y, b03.y), g0, g1, g2, g3);
    sum2 = advance(sum2, vec4f(b00.z, b01.z, b02.z, b03.z), g0, g1, g2, g3);
    sum3 = advance(sum3, vec4f(b00.w, b01.w, b02.w, b03.w), g0, g1, g2, g3);
    let b10 = subgroupBroadcast(a0, 1u);
    let b11 = subgroupBroadcast(a1, 1u);
    let b12 = subgroupBroadcast(a2, 1u);
    let b13 = subgroupBroadcast(a3, 1u);
    sum4 = advance(sum4, vec4f(b10.x, b11.x, b12.x, b13.x), g0, g1, g2, g3);
    sum5 = advance(sum5, vec4f(b10.y, b11.y, b12.y, b13.y), g0, g1, g2, g3);
    sum6 = advance(sum6, vec4f(b10.z, b11.z, b12.z, b13.z), g0, g1, g2, g3);
    sum7 = advance(sum7, vec4f(b10.w, b11.w, b12.w, b13.w), g0, g1, g2, g3);
    let b20 = subgroupBroadcast(a0, 2u);
    let b21 = subgroupBroadcast(a1, 2u);
    let b22 = subgroupBroadcast(a2, 2u);
    let b23 = subgroupBroadcast(a3, 2u);
    sum8 = advance(sum8, vec4f(b20.x, b21.x, b22.x, b23.x), g0, g1, g2, g3);
    sum9 = advance(sum9, vec4f(b20.y, b21.y, b22.y, b23.y), g0, g1, g2, g3);
    sum10 = advance(sum10, vec4f(b20.z, b21.z, b22.z, b23.z), g0, g1, g2, g3);
    sum11 = advance(sum11, vec4f(b20.w, b21.w, b22.w, b23.w), g0, g1, g2, g3);
    let b30 = subgroupBroadcast(a0, 3u);
    let b31 = subgroupBroadcast(a1, 3u);
    let b32 = subgroupBroadcast(a2, 3u);
    let b33 = subgroupBroadcast(a3, 3u);
    sum12 = advance(sum12, vec4f(b30.x, b31.x, b32.x, b33.x), g0, g1, g2, g3);
    sum13 = advance(sum13, vec4f(b30.y, b31.y, b32.y, b33.y), g0, g1, g2, g3);
    sum14 = advance(sum14, vec4f(b30.z, b31.z, b32.z, b33.z), g0, g1, g2, g3);
    sum15 = advance(sum15, vec4f(b30.w, b31.w, b32.w, b33.w), g0, g1, g2, g3);
  }

  let step = 4u * params.columns4;
  let at = (chunk * params.inner4 + k) * step + column;
  store(at, column, sum0, sum1, sum2, sum3);
  if (k + 1u < params.inner4) { store(at + step, column, sum4, sum5, sum6, sum7); }
  if (k + 2u < params.inner4) { store(at + 2u * step, column, sum8, sum9, sum10, sum11); }
  if (k + 3u < params.inner4) { store(at + 3u * step, column, sum12, sum13, sum14, sum15); }
}
