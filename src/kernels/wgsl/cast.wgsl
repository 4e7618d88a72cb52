// cast: numbers of one type as numbers of another.
//
//   y[i] = To(x[i])
//
// A float to an integer drops the fraction and stops at the integer's bounds; NaN becomes 0. Between u32 and i32 the bits
// stay. WGSL's own conversion stops at the last float inside the bounds, 2147483520.
//
// Layouts   x, y: any shape, flat.
// A thread  converts one number.
// Bytes     reads 4 and writes 4 an element, 2 where it is f16.

alias From = f32; // or u32, i32, f16
alias To = u32; // or f32, i32, f16
const HIGHEST = 4294967295u; // the largest To: 2147483647 for i32; 0 for floats, which do not use it

override TRUNCATES: bool = false; // from a float to an integer

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<From>;
@group(0) @binding(2) var<storage, read_write> y: array<To>;

// compilers may assume that no NaN exists, so it is detected by its bits
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
