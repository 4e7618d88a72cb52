// matmul_tn_subgroup_partial: matmul_tn_partial_vec4.wgsl for devices with narrow subgroups (4 to 8 lanes).
//
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
//
// It is the gradient of a pointwise convolution, y = x * w, by its weight; sum_partials.wgsl adds the chunks. The order of
// addition is fixed, so are the bits.
//
// Layouts   x: [rows, inner]. dy: [rows, columns]. partial: [chunks, inner, columns]. rows = N * H * W; inner, columns and
//           chunkRows are multiples of four.
// A thread  makes 16 rows of the result (16 of inner) for four columns; its workgroup makes the same 16 rows. Every lane
//           needs the same 16 values of x a row: each loads four of them, of one row in SHARED, and hands them on by
//           subgroupBroadcast. Four rows of x and dy are taken at once, since a sum that lives over many statements is
//           kept in memory. The host writes out the loops whose bounds are constants (gpu/unroll.ts), so the arrays
//           become registers.
// Bytes     4 * (rows * inner + rows * columns + chunks * inner * columns).
enable subgroups;

const SHARED = 1u; // rows of x that the lanes load together: a quarter of LANES
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

  var sum: array<vec4f, 16>;
  for (var row = chunk * params.chunkRows; row < end; row += 4u) {
    // rows past the end of the chunk repeat its last one and add nothing
    let last = end - 1u;
    let row1 = min(row + 1u, last);
    let row2 = min(row + 2u, last);
    let row3 = min(row + 3u, last);
    var a: array<vec4f, 4u / SHARED>;
    for (var i = 0u; i < 4u; i += SHARED) {
      a[i / SHARED] = x[min(row + i + lane / 4u % SHARED, last) * params.inner4 + mine];
    }
    let s = params.columns4;
    let g0 = dy[row * s + c];
    let g1 = dy[row1 * s + c] * f32(row1 - row);
    let g2 = dy[row2 * s + c] * f32((row2 - row) / 2u);
    let g3 = dy[row3 * s + c] * f32((row3 - row) / 3u);
    for (var q = 0u; q < 4u; q++) {
      var b: array<vec4f, 4>;
      for (var i = 0u; i < 4u; i++) { b[i] = subgroupBroadcast(a[i / SHARED], q + 4u * (i % SHARED)); }
      for (var r = 0u; r < 4u; r++) {
        sum[4u * q + r] = advance(sum[4u * q + r], vec4f(b[0][r], b[1][r], b[2][r], b[3][r]), g0, g1, g2, g3);
      }
    }
  }

  if (column >= params.columns4) { return; }
  let at = (chunk * params.inner4 + k) * 4u * params.columns4 + column;
  for (var q = 0u; q < 4u; q++) {
    if (k + q < params.inner4) {
      for (var r = 0u; r < 4u; r++) { partial[at + (4u * q + r) * params.columns4] = sum[4u * q + r]; }
    }
  }
}
