// One workgroup exchanges numbers through shared memory, `rounds` times with a barrier before and after each exchange:
// 2 * rounds barriers. BARRIERS 0 does the same work without them (the result is then undefined and ignored), so that
// the difference is the cost of the barriers.
struct Params { rounds: u32 }
const BARRIERS = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const SIZE = 64u;
var<workgroup> shared_values: array<f32, SIZE>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  var value = y[i];
  for (var round = 0u; round < params.rounds; round++) {
    shared_values[i] = value;
    if (BARRIERS == 1u) { workgroupBarrier(); }
    value = shared_values[(i + 1u) % SIZE] + 1.0;
    if (BARRIERS == 1u) { workgroupBarrier(); }
  }
  y[i] = value;
}
