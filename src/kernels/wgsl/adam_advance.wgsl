// adam_advance: advances the bias corrections of a span of parameters by one step, before adam.wgsl.
//
//   c1 = beta1 c1 + (1 - beta1),  c2 = beta2 c2 + (1 - beta2)     so c = 1 - beta^t, from c = 0 at t = 0
//
// sgd.wgsl with DAMPENED uses only the count of steps. The corrections are kept per block of 64 parameters, so that each parameter counts only its own steps (a frozen one
// counts none), as in PyTorch. The counts stay on the GPU, so a captured step can be replayed without a write from the
// host. If the guard reports gradients that are not finite, nothing changes.
//
// Layouts   blocks: f32 [blocks, 4] = [c1, c2, steps taken, index of the rule]; the span starts at firstBlock.
//           guard: f32 [4] from gradient_guard.wgsl.
// A thread  One thread advances one block.
// Bytes     Reads and writes 16 bytes per block.
// Reference tests/reference/ops/optimizers.ts

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
