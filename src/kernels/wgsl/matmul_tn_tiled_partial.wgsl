// matmul_tn_tiled_partial: matrix product with the first operand transposed, through tiles in workgroup memory, split
// into chunks of rows; for GPUs.
//
//   partial[chunk] = x[chunk's rows]^T * dy[chunk's rows]
//
// This is the gradient of a pointwise convolution, y = x * w, with respect to its weight; sum_partials.wgsl adds the
// chunks. The order of addition is fixed, so results are identical bit for bit.
//
// Layouts   x: [rows, inner]. dy: [rows, columns]. partial: [chunks, inner, columns]. rows = N * H * W; inner and columns
//           are multiples of four (inner4, columns4: a quarter of them).
// A thread  A workgroup of ACROSS * DOWN threads computes 4 * INNERS * DOWN (inner) x COLUMNS * ACROSS vec4 of columns over
//           its chunk. It walks along the rows in steps of DEPTH and loads a tile of x and one of dy into workgroup memory
//           per step. Per row a thread then reads INNERS vec4 of x and COLUMNS vec4 of dy, for 4 * INNERS * COLUMNS vec4
//           multiply-adds. The tiles are double-buffered: the next ones are loaded while the current ones are used.
// Bytes     4 * (rows * inner + rows * columns + chunks * inner * columns), if every tile is loaded once.
// Reference tests/reference/tape/convolution.ts
const INNERS = 1u;
const COLUMNS = 1u;
const ACROSS = 8u;
const DOWN = 8u;
const DEPTH = 16u;
const THREADS = ACROSS * DOWN;
const HEIGHT = INNERS * DOWN;
const WIDTH = COLUMNS * ACROSS;
const X_TILE = DEPTH * HEIGHT; // vec4 of x: [row, inner4]
const G_TILE = DEPTH * WIDTH; // vec4 of dy: [row, column4]
const X_LOADS = (X_TILE + THREADS - 1u) / THREADS; // per thread and step
const G_LOADS = (G_TILE + THREADS - 1u) / THREADS;

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

var<workgroup> xTile: array<vec4f, 2u * X_TILE>;
var<workgroup> gTile: array<vec4f, 2u * G_TILE>;

@compute @workgroup_size(ACROSS, DOWN)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // Inner elements and columns past the edge repeat the last one and are not stored; rows past the end of the chunk are
  // zero in both tiles. No thread returns early, because all threads must reach the barriers.
  let top = group.y * HEIGHT;
  let left = group.x * WIDTH;
  let first = group.z * params.chunkRows;
  let end = min(params.rows, first + params.chunkRows);
  let steps = (end - first + DEPTH - 1u) / DEPTH;
  let depth = min(params.rows, 1u) * DEPTH; // not a constant, so that its loop is not unrolled
  var sum: array<vec4f, 4u * INNERS * COLUMNS>; // [inner4, component, column4]
  var xNext: array<vec4f, X_LOADS>;
  var gNext: array<vec4f, G_LOADS>;
  var b: array<vec4f, COLUMNS>;
  // step s computes with the tiles of step s - 1 while those of step s arrive
  for (var s = 0u; s <= steps; s++) {
    if (s < steps) {
      for (var j = 0u; j < X_LOADS; j++) {
        let t = index + j * THREADS;
        let row = first + s * DEPTH + t / HEIGHT;
        let k = min(top + t % HEIGHT, params.inner4 - 1u);
        xNext[j] = select(vec4f(0.0), x[min(row, params.rows - 1u) * params.inner4 + k], row < end);
      }
      for (var j = 0u; j < G_LOADS; j++) {
        let t = index + j * THREADS;
        let row = first + s * DEPTH + t / WIDTH;
        let column = min(left + t % WIDTH, params.columns4 - 1u);
        gNext[j] = select(vec4f(0.0), dy[min(row, params.rows - 1u) * params.columns4 + column], row < end);
      }
    }
    if (s > 0u) {
      let xAt = (s - 1u) % 2u * X_TILE + thread.y;
      let gAt = (s - 1u) % 2u * G_TILE + thread.x;
      for (var row = 0u; row < depth; row++) {
        for (var c = 0u; c < COLUMNS; c++) { b[c] = gTile[gAt + row * WIDTH + c * ACROSS]; }
        for (var i = 0u; i < INNERS; i++) {
          let a = xTile[xAt + row * HEIGHT + i * DOWN];
          for (var j = 0u; j < 4u; j++) {
            for (var c = 0u; c < COLUMNS; c++) {
              let at = (4u * i + j) * COLUMNS + c;
              sum[at] = fma(vec4f(a[j]), b[c], sum[at]);
            }
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
      for (var j = 0u; j < G_LOADS; j++) {
        let t = index + j * THREADS;
        if (t < G_TILE) { gTile[s % 2u * G_TILE + t] = gNext[j]; }
      }
    }
    workgroupBarrier();
  }

  for (var i = 0u; i < INNERS; i++) {
    for (var c = 0u; c < COLUMNS; c++) {
      let k = top + i * DOWN + thread.y;
      let column = left + c * ACROSS + thread.x;
      if (k < params.inner4 && column < params.columns4) {
        for (var j = 0u; j < 4u; j++) {
          partial[((group.z * params.inner4 + k) * 4u + j) * params.columns4 + column] = sum[(4u * i + j) * COLUMNS + c];
        }
      }
    }
  }
}
