// naive_sum: one thread adds all numbers, as on a CPU.
//
//   y[0] = ((x[0] + x[1]) + x[2]) + ...
//
// Layouts   x: [count]. y: [1].
// A thread  There is only one thread, which adds everything.
// Bytes     Reads 4 bytes per number.

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < params.count; i++) { sum += x[i]; }
  y[0] = sum;
}
