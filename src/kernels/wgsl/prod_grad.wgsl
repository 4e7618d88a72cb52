// prod_grad: the gradient of a product along one axis of a tensor seen as [outer, length, inner].
//
//   dx[o, l, i] = dy[o, i] * product over k != l of x[o, k, i]
//
// The products before and after each element are multiplied, so a zero among the elements needs no division.
//
// Layouts   x, dx: [outer, length, inner]; dy: [outer, inner].
// A thread  One thread computes the gradients along one line: products from the front, then from the back.
// Bytes     Reads 12 and writes 8 bytes per element of x.
// Reference tests/reference/ops/scan.ts

struct Params { length: u32, inner: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let base = (i / params.inner) * params.length * params.inner + i % params.inner;
  var before = 1.0;
  for (var l = 0u; l < params.length; l++) {
    let at = base + l * params.inner;
    dx[at] = before;
    before *= x[at];
  }
  var after = dy[i];
  for (var l = params.length; l > 0u; l--) {
    let at = base + (l - 1u) * params.inner;
    dx[at] *= after;
    after *= x[at];
  }
}
