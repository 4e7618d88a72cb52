// sum_squares_partial: the first dispatch of the norm of all gradients; gradient_guard.wgsl is the second.
//
//   partial[t] = sum over i = t, t + threads, ... of |x[i]|^2
//
// Layouts   x: the gradient arena as vec4, count of them (its length is a multiple of 64 floats; padding
//           is zero). partial: [threads].
// A thread  One thread sums every threads-th vec4, so neighboring threads read neighboring addresses.
// Bytes     Reads 4 bytes per gradient element.
// Reference tests/reference/ops/optimizers.ts

struct Params { count: u32, threads: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.threads) { return; }
  var sum = 0.0;
  for (var i = id.x; i < params.count; i += params.threads) {
    let value = x[i];
    sum += dot(value, value);
  }
  partial[id.x] = sum;
}
