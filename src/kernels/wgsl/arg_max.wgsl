// arg_max: the index of the largest (or SMALLEST) element along an axis; the first index if there are several. NaN counts
// as both largest and smallest.
//
//   y[o, i] = the smallest l with x[o, l, i] = max over l of x[o, l, i]        SMALLEST: min over l
//
// Layouts   x: [outer, length, inner], the bits of f32; y: [outer, inner] u32.
// A thread  One thread computes one element of y.
// Bytes     Reads 4 bytes per element of x.
// Reference tests/reference/ops/reduce.ts

override SMALLEST: bool = false;

struct Params { length: u32, inner: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

// Maps floats to integers in the same order: 0 and -0 are equal, NaN is the largest, denormals are not flushed.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
}

// The element with the largest key is the result.
fn keyOf(bits: u32) -> u32 {
  let order = orderOf(bits);
  let isNumber = order != 0xffffffffu;
  return select(order, ~order, SMALLEST && isNumber);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let base = (i / params.inner) * params.length * params.inner + i % params.inner;
  var best = keyOf(x[base]);
  var at = 0u;
  for (var l = 1u; l < params.length; l++) {
    let value = keyOf(x[base + l * params.inner]);
    if (value > best) {
      best = value;
      at = l;
    }
  }
  y[i] = at;
}
