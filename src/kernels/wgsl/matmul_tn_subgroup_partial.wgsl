// matmul_tn_subgroup_partial: matmul_tn_partial_vec4.wgsl for devices with narrow subgroups (4 to 8 lanes).
//
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
//
// This is the gradient of a pointwise convolution, y = x * w, with respect to its weight; sum_partials.wgsl adds the
// chunks. The order of addition is fixed, so results are identical bit for bit.
//
// Layouts   x: [rows, inner]. dy: [rows, columns]. partial: [chunks, inner, columns]. rows = N * H * W; inner, columns and
//           chunkRows are multiples of four.
// A thread  One thread computes 16 rows of the result (16 of inner) for four columns; its workgroup computes the same 16
//           rows. For each row of x every lane needs the same 16 values: each lane loads four of them, and the lanes
//           exchange them. After an exchange with lane ^ j a lane holds the values that lane ^ j loaded, so the sums of
//           each lane are in a different order, which matters only when they are stored. With eight lanes the upper four
//           load the next row, exchange it with the lower four, and process each pair of rows in the opposite order.
//           Each iteration covers four rows of x and dy, because a sum that stays live over many statements is kept in
//           memory. The host unrolls the loops with constant bounds (gpu/unroll.ts), so that the arrays become
//           registers.
// Bytes     4 * (rows * inner + rows * columns + chunks * inner * columns).
// Reference tests/reference/tape/convolution.ts
enable subgroups;

const SHARED = 1u; // rows of x that the lanes load together: a quarter of LANES
override LANES: u32 = 8u;
override TAIL: bool = true; // whether to test for rows past the end; may be false if rows is a multiple of four

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

// sum + v * g: four rows for four columns.
fn advance(sum: vec4f, v: vec4f, g0: vec4f, g1: vec4f, g2: vec4f, g3: vec4f) -> vec4f {
  return fma(v.xxxx, g0, fma(v.yyyy, g1, fma(v.zzzz, g2, fma(v.wwww, g3, sum))));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // past the edge the last value is repeated and not stored; no lane returns before the last exchange
  let column = group.x * LANES + thread;
  let c = min(column, params.columns4 - 1u);
  let k = group.y * 4u;
  let me = lane % 4u;
  let mine = min(k + me, params.inner4 - 1u);
  let upper = lane / 4u % SHARED;
  let chunk = group.z;
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);

  var sum: array<vec4f, 16>;
  for (var row = chunk * params.chunkRows; row < end; row += 4u) {
    var a: array<vec4f, 4>;
    var g: array<vec4f, 4>;
    var v = vec4f();
    for (var i = 0u; i < 4u; i++) {
      // rows past the end are zero in both; a product of zero and the last row would be NaN where that is infinite
      let at = row + (i ^ upper);
      var r = at;
      if (TAIL) { r = min(at, end - 1u); }
      g[i] = dy[r * params.columns4 + c];
      if (TAIL) { g[i] = select(vec4f(0.0), g[i], at == r); }
      if (i % SHARED == 0u) {
        v = x[r * params.inner4 + mine];
        if (TAIL) { v = select(vec4f(0.0), v, at == r); }
      } else {
        v = subgroupShuffleXor(v, 4u);
      }
      a[i] = v;
    }
    let m = transpose(mat4x4f(a[0], a[1], a[2], a[3]));
    for (var r = 0u; r < 4u; r++) {
      let v = m[r];
      sum[r] = advance(sum[r], v, g[0], g[1], g[2], g[3]);
      sum[r + 4u] = advance(sum[r + 4u], quadSwapX(v), g[0], g[1], g[2], g[3]);
      sum[r + 8u] = advance(sum[r + 8u], quadSwapY(v), g[0], g[1], g[2], g[3]);
      sum[r + 12u] = advance(sum[r + 12u], quadSwapDiagonal(v), g[0], g[1], g[2], g[3]);
    }
  }

  if (column >= params.columns4) { return; }
  for (var q = 0u; q < 4u; q++) {
    let at = k + (q ^ me);
    if (at < params.inner4) {
      let to = (chunk * params.inner4 + at) * 4u * params.columns4 + column;
      for (var r = 0u; r < 4u; r++) { partial[to + r * params.columns4] = sum[4u * q + r]; }
    }
  }
}
