// coordinate_gates_grad_input_group: coordinate_gates_grad_input.wgsl with one workgroup per four values; for GPUs.
//
//   dstrips[n, p, m] = sum over c of dsums[n, p, c] * weight[m, c]     rowWeight for p < H, columnWeight for p >= H
//
// Layouts   dsums: [N, H + W, C]; rowWeight, columnWeight: [M, C]; dstrips: [N, H + W, M]. C is read as Vecs.
// A thread  A workgroup of THREADS threads computes four neighboring values of M for one strip. Each thread adds the
//           products of every THREADS-th Vec of channels. Then half of the threads add the sums of the other half through
//           workgroup memory, then a quarter, until one is left. The order depends only on the shape.
// Bytes     Reads 2 * C and writes 4 bytes per value of dstrips.
// Reference tests/reference/fer-mobilenetv3-layers.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
const WIDTH = 4u; // components of a Vec
const THREADS = 64u;

struct Params { height: u32, width: u32, middle: u32, channels4: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dsums: array<Vec>;
@group(0) @binding(2) var<storage, read> rowWeight: array<Vec>;
@group(0) @binding(3) var<storage, read> columnWeight: array<Vec>;
@group(0) @binding(4) var<storage, read_write> dstrips: array<f32>;

var<workgroup> sums: array<vec4<f32>, THREADS>;

// The sum of a Vec's components; for a Vec of one f32 this adds four quarters.
fn total(v: Vec) -> f32 { return dot(vec4<f32>(v), vec4<f32>(0.25 * f32(WIDTH))); }

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  // Workgroups past the last one repeat its work, because all threads must reach the barriers.
  let i = min(group.x + group.y * groups.x, params.count - 1u);
  let across = (params.middle + 3u) / 4u;
  let m = i % across * 4u;
  let strip = i / across;
  let isRow = strip % (params.height + params.width) < params.height;
  let at = min(vec4u(m, m + 1u, m + 2u, m + 3u), vec4u(params.middle - 1u)) * params.channels4;
  var taps: array<Vec, 4>; // of the four values
  for (var c = thread; c < params.channels4; c += THREADS) {
    let d = dsums[strip * params.channels4 + c];
    if (isRow) {
      for (var k = 0u; k < 4u; k++) { taps[k] += d * rowWeight[at[k] + c]; }
    } else {
      for (var k = 0u; k < 4u; k++) { taps[k] += d * columnWeight[at[k] + c]; }
    }
  }
  var sum = vec4<f32>(total(taps[0]), total(taps[1]), total(taps[2]), total(taps[3]));
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    sums[thread] = sum;
    workgroupBarrier();
    if (thread < half) { sum += sums[thread + half]; }
    workgroupBarrier();
  }
  if (thread > 0u) { return; }
  for (var k = 0u; k < 4u; k++) {
    if (m + k < params.middle) { dstrips[strip * params.middle + m + k] = sum[k]; }
  }
}
