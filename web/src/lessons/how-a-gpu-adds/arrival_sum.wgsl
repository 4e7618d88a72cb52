// arrival_sum: every thread adds its number to one cell, in order of arrival. WGSL has no atomic addition of floats;
// this kernel uses compare-and-exchange: read, add, and write only if no other thread has written meanwhile.
//
//   cell = cell + x[i]      in the order in which the threads arrive
//
// Layouts   x: [count]. cell: [1], the bits of an f32, initially 0.
// A thread  One thread adds one number.
// Bytes     Reads 4 bytes per number; the cell constantly moves between all cores.

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> cell: atomic<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.count) { return; }
  var seen = atomicLoad(&cell);
  loop {
    let wanted = bitcast<u32>(bitcast<f32>(seen) + x[id.x]);
    let result = atomicCompareExchangeWeak(&cell, seen, wanted);
    if (result.exchanged) { break; }
    seen = result.old_value;
  }
}
