// compare: 1 where a comparison holds, else 0.
//
//   y[i] = a[i] (comparison) b[i] ? 1 : 0
//
// Layouts   a, b: one type and shape, flat; y: u32.
// A thread  compares one pair.
// Bytes     reads 8 and writes 4 an element.

alias Element = f32; // or u32, i32

override COMPARISON: u32 = 0u; // 0 equal, 1 notEqual, 2 less, 3 lessEqual, 4 greater, 5 greaterEqual

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Element>;
@group(0) @binding(2) var<storage, read> b: array<Element>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

fn holds(p: Element, q: Element) -> bool {
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
  y[i] = select(0u, 1u, holds(a[i], b[i]));
}
