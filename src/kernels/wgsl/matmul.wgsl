// Matrix product of any size:  y[b] = a[b] * b[b] + bias        (the general path)
//
//   y [batch, rows, columns]   a [batch, rows, inner]   b [batch, inner, columns]   bias [columns]
//
// a and b are read through strides, so a transposed operand is a swap of two numbers, and a batch
// axis that is broadcast has stride 0. Up to four batch axes.
// When inner is long and the result small (a weight gradient: inner = all pixels of the batch), the
// host splits inner into chunks; y is then [chunks, batch, rows, columns] and sum_partials adds them.
//
// One thread makes a tile of 8 x 8 results in registers: 16 loads for 64 multiply-adds. The body of the
// loop is kept to one step of inner: longer bodies spill registers and measure slower.
// Must move: 4 * (rows * inner + inner * columns + rows * columns) bytes a batch member.
override HAS_BIAS: bool = false;

struct Params {
  batchShape: vec4<u32>,
  aBatch: vec4<u32>,
  bBatch: vec4<u32>,
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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

// four neighbours of a row of y, from `column` on
fn store(at: u32, column: u32, value: vec4<f32>) {
  if (column < params.columns) { y[at + column] = value.x; }
  if (column + 1u < params.columns) { y[at + column + 1u] = value.y; }
  if (column + 2u < params.columns) { y[at + column + 2u] = value.z; }
  if (column + 3u < params.columns) { y[at + column + 3u] = value.w; }
}

fn store_row(matrix: u32, row: u32, column: u32, left: vec4<f32>, right: vec4<f32>) {
  if (row >= params.rows) { return; }
  let at = (matrix * params.rows + row) * params.columns;
  store(at, column, left);
  store(at, column + 4u, right);
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

  // where this batch member starts in a and in b
  var rest = matrix % params.batches;
  var aStart = 0u;
  var bStart = 0u;
  for (var axis = 4u; axis > 0u; axis--) {
    let coordinate = rest % params.batchShape[axis - 1u];
    rest = rest / params.batchShape[axis - 1u];
    aStart += coordinate * params.aBatch[axis - 1u];
    bStart += coordinate * params.bBatch[axis - 1u];
  }

  // rows and columns past the edge read the last one again and are not stored
  let step = vec4<u32>(0u, 1u, 2u, 3u);
  let lastRow = vec4<u32>(params.rows - 1u);
  let lastColumn = vec4<u32>(params.columns - 1u);
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

  var left0 = vec4<f32>(0.0);
  var right0 = vec4<f32>(0.0);
  if (HAS_BIAS && chunk == 0u) {
    left0 = vec4<f32>(bias[columnsLeft.x], bias[columnsLeft.y], bias[columnsLeft.z], bias[columnsLeft.w]);
    right0 = vec4<f32>(bias[columnsRight.x], bias[columnsRight.y], bias[columnsRight.z], bias[columnsRight.w]);
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
  for (var k = first; k < end; k++) {
    let bl = vec4<f32>(b[near.x], b[near.y], b[near.z], b[near.w]);
    let br = vec4<f32>(b[far.x], b[far.y], b[far.z], b[far.w]);
    var value = a[top.x];
    left0 += value * bl;
    right0 += value * br;
    value = a[top.y];
    left1 += value * bl;
    right1 += value * br;
    value = a[top.z];
    left2 += value * bl;
    right2 += value * br;
    value = a[top.w];
    left3 += value * bl;
    right3 += value * br;
    value = a[bottom.x];
    left4 += value * bl;
    right4 += value * br;
    value = a[bottom.y];
    left5 += value * bl;
    right5 += value * br;
    value = a[bottom.z];
    left6 += value * bl;
    right6 += value * br;
    value = a[bottom.w];
    left7 += value * bl;
    right7 += value * br;
    top += params.aInner;
    bottom += params.aInner;
    near += params.bInner;
    far += params.bInner;
  }
  store_row(matrix, row, column, left0, right0);
  store_row(matrix, row + 1u, column, left1, right1);
  store_row(matrix, row + 2u, column, left2, right2);
  store_row(matrix, row + 3u, column, left3, right3);
  store_row(matrix, row + 4u, column, left4, right4);
  store_row(matrix, row + 5u, column, left5, right5);
  store_row(matrix, row + 6u, column, left6, right6);
  store_row(matrix, row + 7u, column, left7, right7);
}
