// mixup: blends each row of a batch with its neighbor, row 2 k with row 2 k + 1 (Zhang et al., ICLR 2018). The last row of
// an odd batch has no neighbor and stays. Parts of a batch that have an even number of rows keep all pairs together.
//
//   y[n, i] = share[n] x[n, i] + (1 - share[n]) x[n ^ 1, i]
//
// Layouts   x, y: [rows, width]. share: [rows], which may differ between a row and its partner.
// A thread  One thread computes one element.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/train/mixup.test.ts

struct Params { count: u32, rows: u32, width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> share: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let row = i / params.width;
  let neighbor = select(row, row ^ 1u, (row ^ 1u) < params.rows);
  let other = neighbor * params.width + i % params.width;
  y[i] = mix(x[other], x[i], share[row]);
}
