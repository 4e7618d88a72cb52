// cast: converts numbers from one type to another.
//
//   y[i] = To(x[i])
//
// A float becomes an integer by dropping the fraction and clamping to the integer's range; NaN becomes 0. Between u32
// and i32 the bits are kept. WGSL's own conversion clamps to the last float inside the range, 2147483520.
//
// Layouts   x, y: any shape, flat.
// A thread  One thread converts one number.
// Bytes     Reads 4 and writes 4 bytes per element; 2 for f16.
// Reference tests/ops/compare-where-cast.test.ts

alias From = f32; // or u32, i32, f16
alias To = u32; // or f32, i32, f16
const HIGHEST = 4294967295u; // the largest To: 2147483647 for i32; unused (0) for floats

override TRUNCATES: bool = false; // float to integer

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<From>;
@group(0) @binding(2) var<storage, read_write> y: array<To>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  var value = To(x[i]);
  if (TRUNCATES) {
    let v = f32(x[i]);
    value = select(value, To(HIGHEST), v >= f32(HIGHEST));
    value = select(value, To(0), isNan(v));
  }
  y[i] = value;
}
