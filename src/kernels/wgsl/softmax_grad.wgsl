// softmax_grad: the gradient of softmax or log-softmax with respect to its input, from the result y.
//
//   softmax:      dx_k = y_k (dy_k - sum_j dy_j y_j)
//   log-softmax:  dx_k = dy_k - exp(y_k) sum_j dy_j        (LOG = 1)
//
// Layouts   y, dy, dx: [outer, columns, inner]; a row is one line along the columns.
// A thread  One thread computes one row.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/softmax.ts

override LOG: u32 = 0u;

struct Params { rows: u32, columns: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= params.rows) { return; }
  let step = params.inner;
  let first = (row / step) * params.columns * step + row % step;
  let end = first + params.columns * step;
  var sum = 0.0;
  // in parts, because each addition to a long sum rounds it
  for (var begin = 0u; begin < params.columns; begin += 512u) {
    var part = 0.0;
    let stop = min(begin + 512u, params.columns);
    for (var c = begin; c < stop; c++) {
      let i = first + c * step;
      if (LOG == 1u) { part += dy[i]; } else { part += dy[i] * y[i]; }
    }
    sum += part;
  }
  for (var i = first; i < end; i += step) {
    if (LOG == 1u) { dx[i] = dy[i] - select(exp(y[i]), y[i], isNan(y[i])) * sum; } else { dx[i] = y[i] * (dy[i] - sum); }
  }
}
