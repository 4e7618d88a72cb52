// rmsprop: one step of RMSprop over flat memory, with PyTorch's formula (Tieleman & Hinton, lecture 6.5, 2012).
//
//   g = scale * gradient + d p                 lr, d: the rule of the parameter's block; with MAXIMIZE g = d p - scale * gradient
//   s = alpha s + (1 - alpha) g^2
//   a = alpha a + (1 - alpha) g                CENTERED (Graves, 2013)
//   u = g / (sqrt(s - a^2) + eps)              without a^2 unless CENTERED
//   b = momentum b + u, p = p - lr b           MOMENTUM; otherwise p = p - lr u
//
// If the guard reports gradients that are not finite, nothing changes.
//
// Layouts   values, gradients, square (s), average (a), buffer (b): the arenas, or equal spans of them, as vec4; a and b
//           are any memory where they are not used. Padding is zero and stays zero.
//           rules: [rules] = (learning rate lr, weight decay d). blocks: f32 [blocks, 4] = [unused, unused, unused, index
//           of the rule] per 64 parameters, starting at firstBlock. guard: f32 [4] = [norm, scale, finite, skipped].
// A thread  One thread updates four parameters.
// Bytes     Reads 12 to 20 and writes 8 to 16 bytes per parameter.
// Reference tests/reference/ops/optimizers.ts

override CENTERED: bool = false;
override MOMENTUM: bool = false;
override MAXIMIZE: bool = false;

struct Params { count: u32, firstBlock: u32, alpha: f32, eps: f32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> guard: vec4f;
@group(0) @binding(3) var<storage, read> rules: array<vec2f>;
@group(0) @binding(4) var<storage, read> blocks: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> buffer: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count || guard.z == 0.0) { return; }
  let rule = rules[u32(blocks[params.firstBlock + i / 16u].w)];
  let p = values[i];
  let g = select(guard.y, -guard.y, MAXIMIZE) * gradients[i] + rule.y * p;
  let second = params.alpha * square[i] + (1.0 - params.alpha) * g * g;
  square[i] = second;
  var variance = second;
  if (CENTERED) {
    let first = average[i] + (1.0 - params.alpha) * (g - average[i]);
    average[i] = first;
    variance = max(second - first * first, vec4f(0.0)); // rounding may leave a negative number
  }
  var u = g / (sqrt(variance) + vec4f(params.eps));
  if (MOMENTUM) {
    u += params.momentum * buffer[i];
    buffer[i] = u;
  }
  values[i] = p - rule.x * u;
}
