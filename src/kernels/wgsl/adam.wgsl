// adam: one step of Adam, or of AdamW if DECOUPLED, over flat memory.
//
//   g = scale * gradient + d p        (Adam: weight decay is added to the gradient; Kingma & Ba, ICLR 2015)
//   p = p - lr d p                    (AdamW: weight decay shrinks the parameter; Loshchilov & Hutter, ICLR 2019)
//   with MAXIMIZE the gradient is negated
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   p = p - lr (m / c1) / (sqrt(v / c2) + eps)          0 / 0 is 0
//   with AMSGRAD the last line has the maximum of v over all steps instead of v (Reddi et al., ICLR 2018)
//   lr, d: the rule of the parameter's block,  c1 = 1 - beta1^t, c2 = 1 - beta2^t from adam_advance.wgsl
//
// If the guard reports gradients that are not finite, nothing changes.
//
// Layouts   values, gradients, m, v, greatest (maximum of v): the arenas, or equal spans of them, as vec4. Padding is
//           zero and stays zero. greatest is bound only with AMSGRAD. rules: [rules] = (learning rate lr, weight decay d).
//           blocks: f32 [blocks, 4] = [c1, c2, steps, index of the rule] per 64 parameters, starting at firstBlock.
//           guard: f32 [4] = [norm, scale, finite, skipped] from gradient_guard.wgsl.
// A thread  One thread updates RUN vec4 of one block of parameters, for which it reads the block and its rule once.
// Bytes     Reads 16 and writes 12 bytes per parameter; with AMSGRAD 4 more each.
// Reference tests/reference/ops/optimizers.ts

const RUN = 1u; // a divisor of 16, the vec4 of a block
override DECOUPLED: bool = false;
override MAXIMIZE: bool = false;
const AMSGRAD = 0u; // 0 or 1; a loop, because the host removes the binding of a loop without iterations

struct Params { count: u32, firstBlock: u32, beta1: f32, beta2: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> guard: vec4f;
@group(0) @binding(3) var<storage, read> rules: array<vec2f>;
@group(0) @binding(4) var<storage, read> blocks: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> greatest: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let start = (id.x + id.y * groups.x * 64u) * RUN;
  if (start >= params.count || guard.z == 0.0) { return; }
  let block = blocks[params.firstBlock + start / 16u];
  let rule = rules[u32(block.w)];
  let rate = rule.x;
  let d = rule.y;
  for (var k = 0u; k < RUN; k++) {
    let i = start + k;
    var p = values[i];
    var g = select(guard.y, -guard.y, MAXIMIZE) * gradients[i];
    if (DECOUPLED) {
      p -= rate * d * p;
    } else {
      g += d * p;
    }
    let before = m[i];
    let first = before + (1.0 - params.beta1) * (g - before);
    var second = params.beta2 * v[i] + (1.0 - params.beta2) * g * g;
    m[i] = first;
    v[i] = second;
    for (var once = 0u; once < AMSGRAD; once++) {
      second = max(second, greatest[i]);
      greatest[i] = second;
    }
    let divisor = sqrt(second / block.y) + vec4f(params.eps);
    let isZero = (divisor == vec4f(0.0)) & (first == vec4f(0.0)); // only if eps is 0; also keeps the padding at zero
    values[i] = p - select(rate * (first / block.x) / divisor, vec4f(0.0), isZero);
  }
}
