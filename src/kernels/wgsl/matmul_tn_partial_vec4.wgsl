// Matrix product with the first operand transposed, cut into chunks of rows:
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
// (the gradient of a pointwise convolution, y = x * w, by its weight; sum_partials adds the chunks)
//
//   partial [chunks, inner, columns]   x [rows, inner]   dy [rows, columns]     rows = N * H * W
//
// inner and columns are multiples of four. The result is small and the sum over rows is long, so rows
// are split to give the device enough threads; the order of addition is fixed, so are the bits.
// One thread makes 8 (inner) x 8 (columns) results over its chunk: a row costs 4 vec4 loads for 16 vec4
// multiply-adds.
// Must move: 4 * (rows * inner + rows * columns + chunks * inner * columns) bytes.
struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  chunkRows: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;

fn store_row(at: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
  partial[at + column] = left;
  if (column + 1u < params.columns4) { partial[at + column + 1u] = right; }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  // thread = (chunk * tilesDown + tileDown) * tilesAcross + tileAcross
  let across = (params.columns4 + 1u) / 2u;
  let down = (params.inner4 + 1u) / 2u;
  let column = i % across * 2u;
  let k = i / across % down * 2u;
  let chunk = i / (across * down);
  // past the edge the last vec4 is read again and not stored
  let column1 = min(column + 1u, params.columns4 - 1u);
  let k1 = min(k + 1u, params.inner4 - 1u);

  var left0 = vec4<f32>(0.0);
  var right0 = vec4<f32>(0.0);
  var left1 = vec4<f32>(0.0);
  var right1 = vec4<f32>(0.0);
  var left2 = vec4<f32>(0.0);
  var right2 = vec4<f32>(0.0);
  var left3 = vec4<f32>(0.0);
  var right3 = vec4<f32>(0.0);
  var left4 = vec4<f32>(0.0);
  var right4 = vec4<f32>(0.0);
  var left5 = vec4<f32>(0.0);
  var right5 = vec4<f32>(0.0);
  var left6 = vec4<f32>(0.0);
  var right6 = vec4<f32>(0.0);
  var left7 = vec4<f32>(0.0);
  var right7 = vec4<f32>(0.0);
  let end = min(params.rows, (chunk + 1u) * params.chunkRows);
  for (var row = chunk * params.chunkRows; row < end; row++) {
    let a = x[row * params.inner4 + k];
    let b = x[row * params.inner4 + k1];
    let gl = dy[row * params.columns4 + column];
    let gr = dy[row * params.columns4 + column1];
    left0 += a.x * gl;
    right0 += a.x * gr;
    left1 += a.y * gl;
    right1 += a.y * gr;
    left2 += a.z * gl;
    right2 += a.z * gr;
    left3 += a.w * gl;
    right3 += a.w * gr;
    left4 += b.x * gl;
    right4 += b.x * gr;
    left5 += b.y * gl;
    right5 += b.y * gr;
    left6 += b.z * gl;
    right6 += b.z * gr;
    left7 += b.w * gl;
    right7 += b.w * gr;
  }

  let n = params.columns4;
  let at = (chunk * params.inner4 + k) * 4u * n;
  store_row(at, column, left0, right0);
  store_row(at + n, column, left1, right1);
  store_row(at + 2u * n, column, left2, right2);
  store_row(at + 3u * n, column, left3, right3);
  if (k1 == k) { return; }
  store_row(at + 4u * n, column, left4, right4);
  store_row(at + 5u * n, column, left5, right5);
  store_row(at + 6u * n, column, left6, right6);
  store_row(at + 7u * n, column, left7, right7);
}
