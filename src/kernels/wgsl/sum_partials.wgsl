// sum_partials: the second dispatch of a reduction in two dispatches.
//
//   y[i] = sum over c of partial[c, i]
//
// Layouts   y: [count]. partial: [chunks, count]. count is in Vecs.
// A thread  One thread sums one Vec over the chunks in order, so results are identical bit for bit.
// Bytes     16 * (chunks + 1) * count.
// Reference tests/reference/ops/reduce.ts

// The host replaces Vec by f32 if the number of channels is not a multiple of four.
alias Vec = vec4<f32>;

struct Params {
  chunks: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  var sum = Vec(0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    sum += partial[chunk * params.count + i];
  }
  y[i] = sum;
}
