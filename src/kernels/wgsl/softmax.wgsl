// softmax: softmax or log-softmax along one axis of a tensor.
//
//   y_k = exp(x_k - m) / sum_j exp(x_j - m)        m = max_j x_j, which keeps exp from overflowing
//   LOG = 1:  y_k = x_k - m - log(sum_j exp(x_j - m))
//
// A line with a NaN or an Infinity, or with only -Infinity, becomes NaN; exp, log and max do not guarantee this.
//
// Layouts   x, y: [outer, columns, inner]; a row is one line along the columns.
// A thread  One thread computes one row.
// Bytes     Reads x three times (twice from cache), writes 4 bytes per element.
// Reference tests/reference/ops/softmax.ts

override LOG: u32 = 0u;

struct Params { rows: u32, columns: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: f32) -> f32 { return bitcast<f32>(bitcast<u32>(v) | 0x7fc00000u); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= params.rows) { return; }
  let step = params.inner;
  let first = (row / step) * params.columns * step + row % step;
  let end = first + params.columns * step;
  var m = x[first];
  var isBad = isNan(m);
  for (var i = first + step; i < end; i += step) {
    let value = x[i];
    m = max(m, value);
    isBad = isBad || isNan(value);
  }
  isBad = isBad || (bitcast<u32>(m) & 0x7fffffffu) == 0x7f800000u;
  var sum = 0.0;
  // in parts, because each addition to a long sum rounds it
  for (var begin = 0u; begin < params.columns; begin += 512u) {
    var part = 0.0;
    let stop = min(begin + 512u, params.columns);
    for (var c = begin; c < stop; c++) { part += exp(x[first + c * step] - m); }
    sum += part;
  }
  let logSum = log(sum);
  for (var i = first; i < end; i += step) {
    var value = exp(x[i] - m) / sum;
    if (LOG == 1u) { value = x[i] - m - logSum; }
    y[i] = select(value, toNan(m), isBad);
  }
}
