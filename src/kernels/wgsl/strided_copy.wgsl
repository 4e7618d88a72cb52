// strided_copy: copies a box of elements from one strided layout to another.
//
//   y[yStart + sum_k idx_k * yStride_k] = x[xStart + sum_k idx_k * xStride_k]   for idx in the box `shape`
//
// This one kernel implements permute (x strides swapped), slice (x start and steps), concatenation and padding
// (y start), and broadcasting (x stride 0). Its gradient is the same kernel with x and y exchanged.
//
// Layouts   x, y: 32-bit words of any type; up to eight axes, in two vec4 (axis 0 outermost).
// A thread  One thread copies one word. Neighboring threads share the last axis, so rows stay coalesced.
// Bytes     Reads 4 and writes 4 bytes per element.
// Reference tests/reference/ops/shape.ts

struct Params {
  shapeOuter: vec4<u32>, shapeInner: vec4<u32>,
  xStridesOuter: vec4<u32>, xStridesInner: vec4<u32>,
  yStridesOuter: vec4<u32>, yStridesInner: vec4<u32>,
  xStart: u32, yStart: u32, count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  var rest = i;
  var from_ = params.xStart;
  var to = params.yStart;
  for (var axis = 3; axis >= 0; axis--) {
    let n = params.shapeInner[axis];
    let at = rest % n;
    rest = rest / n;
    from_ += at * params.xStridesInner[axis];
    to += at * params.yStridesInner[axis];
  }
  for (var axis = 3; axis >= 0; axis--) {
    let n = params.shapeOuter[axis];
    let at = rest % n;
    rest = rest / n;
    from_ += at * params.xStridesOuter[axis];
    to += at * params.yStridesOuter[axis];
  }
  y[to] = x[from_];
}
