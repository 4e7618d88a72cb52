// arrival_sum: every thread adds its number to one cell, whoever comes first. WGSL has no atomic addition of floats;
// this makes one from compare-and-exchange: read, add, and write only if nobody else has written meanwhile.
//
//   cell = cell + x[i]      in whatever order the threads arrive
//
// Layouts   x: [count]. cell: [1], the bits of an f32, 0 before.
// A thread  adds one number.
// Bytes     reads 4 a number; the cell travels between all cores all the time.

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
