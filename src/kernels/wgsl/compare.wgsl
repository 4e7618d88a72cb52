// compare: 1 if a comparison holds, else 0.
//
//   y[i] = a[i] (comparison) b[i] ? 1 : 0
//
// By IEEE 754 a NaN differs from every number and is neither less nor greater, and -0 equals 0. Compilers do not follow
// this for floats, so the bits are compared.
//
// Layouts   a, b: same type and shape, flat, as bits; y: u32.
// A thread  One thread compares one pair.
// Bytes     Reads 8 and writes 4 bytes per element.
// Reference tests/reference/ops/binary.ts

override TYPE: u32 = 0u; // 0 f32, 1 u32, 2 i32
override COMPARISON: u32 = 0u; // 0 equal, 1 notEqual, 2 less, 3 lessEqual, 4 greater, 5 greaterEqual

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

// Maps floats to integers in the same order: 0 and -0 are equal, NaN is the largest, denormals are not flushed.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
}

fn keyOf(bits: u32) -> u32 {
  switch TYPE {
    case 0u: { return orderOf(bits); }
    case 1u: { return bits; }
    default: { return bits ^ 0x80000000u; }
  }
}

fn holds(p: u32, q: u32) -> bool {
  if (TYPE == 0u && max(p, q) == 0xffffffffu) { return COMPARISON == 1u; } // NaN
  switch COMPARISON {
    case 0u: { return p == q; }
    case 1u: { return p != q; }
    case 2u: { return p < q; }
    case 3u: { return p <= q; }
    case 4u: { return p > q; }
    default: { return p >= q; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  y[i] = select(0u, 1u, holds(keyOf(a[i]), keyOf(b[i])));
}
