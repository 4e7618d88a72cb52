// sgd: one step of gradient descent with momentum over flat memory, with PyTorch's formula.
//
//   g = scale * gradient + d p               with MAXIMIZE  g = d p - scale * gradient
//   u = momentum u + g                       from u = 0, so that the first step is u = g
//   with DAMPENED  u = momentum u + (1 - dampening) g, except in the first step of a parameter
//   p = p - lr u,  or with NESTEROV  p = p - lr (g + momentum u)
//   lr, d: the rule of the parameter's block
//
// If the guard reports gradients that are not finite, nothing changes.
//
// Layouts   values, gradients, velocity (u): the arenas, or equal spans of them, as vec4. Padding is zero
//           and stays zero. rules: [rules] = (learning rate lr, weight decay d).
//           blocks: f32 [blocks, 4] = [unused, unused, steps, index of the rule] per 64 parameters, starting at
//           firstBlock; steps counts this one, and only with DAMPENED.
//           guard: f32 [4] = [norm, scale, finite, skipped] from gradient_guard.wgsl.
// A thread  One thread updates four parameters.
// Bytes     Reads 12 and writes 8 bytes per parameter.
// Reference tests/reference/ops/optimizers.ts

override NESTEROV: bool = false;
override DAMPENED: bool = false;
override MAXIMIZE: bool = false;

struct Params { count: u32, firstBlock: u32, momentum: f32, dampening: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> guard: vec4f;
@group(0) @binding(3) var<storage, read> rules: array<vec2f>;
@group(0) @binding(4) var<storage, read> blocks: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count || guard.z == 0.0) { return; }
  let block = blocks[params.firstBlock + i / 16u];
  let rule = rules[u32(block.w)];
  let p = values[i];
  let g = select(guard.y, -guard.y, MAXIMIZE) * gradients[i] + rule.y * p;
  var u = params.momentum * velocity[i] + g;
  if (DAMPENED && block.z > 1.0) {
    u -= params.dampening * g;
  }
  velocity[i] = u;
  if (NESTEROV) {
    values[i] = p - rule.x * (g + params.momentum * u);
  } else {
    values[i] = p - rule.x * u;
  }
}
