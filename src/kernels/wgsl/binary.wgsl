// binary: arithmetic on two tensors with NumPy's broadcasting.
//
//   y[idx] = a[idx] (op) b[idx]      op is selected by the override OPERATION
//
// Layouts   y: row-major over `shape` (up to eight axes in two vec4, axis 0 outermost); a, b: strides in
//           elements, 0 along a broadcast axis. With BROADCAST = 0 all three are flat lists.
// A thread  One thread computes one element, or four of a flat f32 list (Element = vec4<f32>).
// Bytes     Reads up to 8 and writes 4 bytes per element.
// Reference tests/reference/ops/binary.ts

alias Element = vec4<f32>; // f32, u32 or i32 where a list is not flat or no multiple of four
alias Bits = vec4<u32>; // same width as Element
alias Flags = vec4<bool>; // same width as Element

override OPERATION: u32 = 0u;
override BROADCAST: u32 = 1u;
override WHOLE: bool = false; // integers, which have no NaN

struct Params {
  shapeOuter: vec4<u32>, shapeInner: vec4<u32>,
  aStridesOuter: vec4<u32>, aStridesInner: vec4<u32>,
  bStridesOuter: vec4<u32>, bStridesInner: vec4<u32>,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Element>;
@group(0) @binding(2) var<storage, read> b: array<Element>;
@group(0) @binding(3) var<storage, read_write> y: array<Element>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Element) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

// The minimum or maximum of two numbers; NaN if either is NaN.
fn orNan(extremum: Element, p: Element, q: Element) -> Element {
  if (WHOLE) { return extremum; }
  return select(select(extremum, q, isNan(q)), p, isNan(p));
}

fn combine(p: Element, q: Element) -> Element {
  switch OPERATION {
    case 0u: { return p + q; }
    case 1u: { return p - q; }
    case 2u: { return p * q; }
    case 3u: { return p / q; }
    case 4u: { return orNan(select(p, q, q < p), p, q); }
    default: { return orNan(select(p, q, q > p), p, q); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  if (BROADCAST == 0u) {
    y[i] = combine(a[i], b[i]);
    return;
  }
  var rest = i;
  var atA = 0u;
  var atB = 0u;
  for (var axis = 3; axis >= 0; axis--) {
    let n = params.shapeInner[axis];
    atA += (rest % n) * params.aStridesInner[axis];
    atB += (rest % n) * params.bStridesInner[axis];
    rest = rest / n;
  }
  for (var axis = 3; axis >= 0; axis--) {
    let n = params.shapeOuter[axis];
    atA += (rest % n) * params.aStridesOuter[axis];
    atB += (rest % n) * params.bStridesOuter[axis];
    rest = rest / n;
  }
  y[i] = combine(a[atA], b[atB]);
}
