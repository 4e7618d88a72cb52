// adam_advance: moves Adam's bias corrections one step on, before adam.wgsl.
//
//   c1 = beta1 c1 + (1 - beta1),  c2 = beta2 c2 + (1 - beta2)     so c = 1 - beta^t, from c = 0 at t = 0
//
// The step number stays on the GPU: a recorded step can be replayed without a write by the host. Where
// the guard says that the gradients are not finite, nothing changes.
//
// Layouts   state: f32 [8] = [learning rate, weight decay, c1, c2, unused ...].
//           guard: f32 [4] of gradient_guard.wgsl.
// A thread  the first does it all.
// Bytes     16.

struct Params { beta1: f32, beta2: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> guard: vec4f;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;

@compute @workgroup_size(1)
fn main() {
  if (guard.z == 0.0) { return; }
  state[2] = params.beta1 * state[2] + (1.0 - params.beta1);
  state[3] = params.beta2 * state[3] + (1.0 - params.beta2);
}
