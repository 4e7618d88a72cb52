// sam_ascend: moves the parameters to a nearby point with a higher loss, for sharpness-aware minimization.
//
//   kept = p;  p = p + rho g / (|g| + 1e-12)        |g|: the norm of all gradients      (Foret et al., ICLR 2021)
//
// If the guard reports gradients that are not finite, p does not change; kept is written in any case.
//
// Layouts   values (p), gradients (g), kept: the arenas, or equal spans of them, as vec4. guard: f32 [4] = [norm, scale,
//           finite, skipped] from gradient_guard.wgsl.
// A thread  One thread moves four parameters.
// Bytes     Reads 8 and writes 8 bytes per parameter.
// Reference tests/reference/ops/optimizers.ts

struct Params { count: u32, rho: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> guard: vec4f;
@group(0) @binding(3) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> kept: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let p = values[i];
  kept[i] = p;
  if (guard.z == 0.0) { return; }
  values[i] = p + params.rho / (guard.x + 1e-12) * gradients[i];
}
