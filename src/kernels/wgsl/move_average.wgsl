// move_average: moves an exponential moving average towards the current values.
//
//   average = average + (1 - decay) (values - average)        (Polyak & Juditsky, 1992, with exponential weights)
//
// An average that already equals its value bit for bit is left unchanged: the formula would turn -0 into 0 and an
// infinity into NaN.
//
// Layouts   average, values: flat, f32, same size. rate: [1] = 1 - decay, written by the host before each step.
// A thread  One thread updates four elements.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/train/moving-average.test.ts

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;
@group(0) @binding(2) var<storage, read> rate: array<f32>;
@group(0) @binding(3) var<storage, read_write> average: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let before = average[i];
  let value = values[i];
  let moved = before + rate[0] * (value - before);
  average[i] = select(moved, before, bitcast<vec4u>(value) == bitcast<vec4u>(before));
}
