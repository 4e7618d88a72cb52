// softmax_group: softmax or log-softmax along one axis of a tensor, by one workgroup per row; for long rows on GPUs.
//
//   y_k = exp(x_k - m) / sum_j exp(x_j - m)        m = max_j x_j, which keeps exp from overflowing
//   LOG = 1:  y_k = x_k - m - log(sum_j exp(x_j - m))
//
// A line with a NaN or an Infinity, or with only -Infinity, becomes NaN; exp, log and max do not guarantee this.
//
// Layouts   x, y: [outer, columns, inner]; a row is one line along the columns.
// A thread  A workgroup of THREADS threads computes one row. Each thread handles every THREADS-th value. Maximum and sum are
//           merged through workgroup memory: half of the threads merge the values of the other half, then a quarter, until
//           one is left. The order depends only on the number of columns.
// Bytes     Reads x three times (twice from cache), writes 4 bytes per element.
// Reference tests/reference/ops/softmax.ts
const THREADS = 64u;
override LOG: u32 = 0u;

struct Params { rows: u32, columns: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> maxima: array<f32, THREADS>;
var<workgroup> flags: array<u32, THREADS>; // 1 where a NaN was seen
var<workgroup> sums: array<f32, THREADS>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
// Makes a NaN from v at run time; WGSL has no NaN literal.
fn toNan(v: f32) -> f32 { return bitcast<f32>(bitcast<u32>(v) | 0x7fc00000u); }

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // a workgroup past the last row repeats it and stores nothing, because all its threads must reach the barriers
  let id = group.x + group.y * groups.x;
  let row = min(id, params.rows - 1u);
  let step = params.inner;
  let first = (row / step) * params.columns * step + row % step;
  var m = x[first];
  var isBad = false;
  for (var c = index; c < params.columns; c += THREADS) {
    let value = x[first + c * step];
    m = max(m, value);
    isBad = isBad || isNan(value);
  }
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    maxima[index] = m;
    flags[index] = select(0u, 1u, isBad);
    workgroupBarrier();
    if (index < half) {
      m = max(m, maxima[index + half]);
      isBad = isBad || flags[index + half] == 1u;
    }
    workgroupBarrier();
  }
  if (index == 0u) {
    maxima[0] = m;
    flags[0] = select(0u, 1u, isBad || (bitcast<u32>(m) & 0x7fffffffu) == 0x7f800000u);
  }
  workgroupBarrier();
  m = maxima[0];
  isBad = flags[0] == 1u;

  var sum = 0.0;
  for (var c = index; c < params.columns; c += THREADS) { sum += exp(x[first + c * step] - m); }
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    sums[index] = sum;
    workgroupBarrier();
    if (index < half) { sum += sums[index + half]; }
    workgroupBarrier();
  }
  if (index == 0u) { sums[0] = sum; }
  workgroupBarrier();
  sum = sums[0];
  let logSum = log(sum);
  if (id >= params.rows) { return; }
  for (var c = index; c < params.columns; c += THREADS) {
    let at = first + c * step;
    var value = exp(x[at] - m) / sum;
    if (LOG == 1u) { value = x[at] - m - logSum; }
    y[at] = select(value, toNan(m), isBad);
  }
}
