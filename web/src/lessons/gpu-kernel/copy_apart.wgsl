// y = x, one number per thread. Neighboring threads work `step` numbers apart; with step = 1 they are neighbors in
// memory, too. count is a multiple of step.
struct Params { count: u32, step: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let across = params.count / params.step;
  let at = i % across * params.step + i / across;
  y[at] = x[at];
}
