// gradient_guard: computes the norm of all gradients and decides whether the optimizer may take a step.
//
//   norm  = sqrt(sum over t of partial[t])
//   scale = min(1, maxNorm / (norm + 1e-6))     (torch.nn.utils.clip_grad_norm_); 1 if maxNorm is 0
//
// If the norm is not finite, the optimizers' kernels take no step, and guard[3] counts it. (A finite gradient whose
// square overflows f32, above about 1e19, also counts as not finite.) After more than MOST_SKIPPED skipped steps, every
// step is skipped.
//
// Layouts   partial: [threads] from sum_squares_partial.wgsl.
//           guard: f32 [4] = [norm, scale, step taken ? 1 : 0, steps skipped so far].
// A thread  There is one workgroup. One thread sums every 64th part; the first thread adds the 64 sums in order.
// Bytes     4 * threads.
// Reference tests/reference/ops/optimizers.ts

override MOST_SKIPPED = 3.0e38;

struct Params { threads: u32, maxNorm: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> guard: vec4f;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = thread; i < params.threads; i += 64u) { sum += partial[i]; }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < 64u; other++) { sum += sums[other]; }
  let norm = sqrt(sum);
  // Infinity and NaN have an exponent of all ones.
  let isFinite = (bitcast<u32>(sum) & 0x7f800000u) != 0x7f800000u;
  var scale = 1.0;
  if (isFinite && params.maxNorm > 0.0) { scale = min(1.0, params.maxNorm / (norm + 1e-6)); }
  let isTaken = isFinite && guard.w <= MOST_SKIPPED;
  guard = vec4f(norm, scale, select(0.0, 1.0, isTaken), guard.w + select(1.0, 0.0, isTaken));
}
