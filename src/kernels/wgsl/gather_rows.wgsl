// gather_rows: copies the rows of a table that a list of indices selects.
//
//   y[n, k] = table[indices[n], k]        NaN if indices[n] is not a row of the table
//
// Layouts   table: [rows, width] f32, copied as 32-bit words; indices: [n] u32; y: [n, width].
// A thread  One thread copies one word. Neighboring threads share a row, so reads stay coalesced.
// Bytes     Reads 4 and writes 4 bytes per element of y, and reads 4 per index.
// Reference tests/reference/ops/shape.ts

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
