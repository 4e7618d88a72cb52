// adam_advance: moves the bias corrections of a span of parameters one step on, before adam.wgsl.
//
//   c1 = beta1 c1 + (1 - beta1),  c2 = beta2 c2 + (1 - beta2)     so c = 1 - beta^t, from c = 0 at t = 0
//
// The corrections are kept per block of 64 parameters, so that each parameter counts its own steps (a frozen one counts
// none), as in PyTorch. The counts stay on the GPU: a recorded step can be replayed without a write by the host. Where
// the guard says that the gradients are not finite, nothing changes.
//
// Layouts   blocks: f32 [blocks, 4] = [c1, c2, steps taken, index of the rule]; the span's begin at firstBlock.
//           guard: f32 [4] of gradient_guard.wgsl.
// A thread  does one block.
// Bytes     reads and writes 16 per block.

struct Params { count: u32, firstBlock: u32, beta1: f32, beta2: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> guard: vec4f;
@group(0) @binding(2) var<storage, read_write> blocks: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count || guard.z == 0.0) { return; }
  let beta = vec2f(params.beta1, params.beta2);
  let block = blocks[params.firstBlock + i];
  blocks[params.firstBlock + i] = vec4f(beta * block.xy + (vec2f(1.0) - beta), block.z + 1.0, block.w);
}
