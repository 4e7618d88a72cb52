// gather_rows: the rows of a table that a list of indices names.
//
//   y[n, k] = table[indices[n], k]        NaN where indices[n] is no row of the table
//
// Layouts   table: [rows, width] f32, moved as 32-bit words; indices: [n] u32; y: [n, width].
// A thread  moves one word. Neighboring threads share a row, so reads stay coalesced.
// Bytes     reads 4 and writes 4 an element of y, and 4 an index.

struct Params { rows: u32, width: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

const NAN = 0x7fc00000u; // bits of a quiet NaN

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let row = indices[i / params.width];
  if (row < params.rows) {
    y[i] = table[row * params.width + i % params.width];
  } else {
    y[i] = NAN;
  }
}
