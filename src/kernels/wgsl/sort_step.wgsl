// sort_step: one step of a bitonic sort (Batcher 1968) of all lines along one axis of a tensor seen as [outer, length, inner].
//
//   a, b = order[line, i], order[line, i + distance]; they are swapped if their elements are in the wrong order
//
// The host runs the steps block = 2, 4, ..., size, each with distance = block / 2, ..., 2, 1. Afterwards order[line, j] is the
// index of the j-th element. Equal elements keep their order, NaN counts as larger than all numbers, 0 and -0 as equal.
//
// Layouts   x: [outer, length, inner], the bits of f32; order: [outer * inner, size] u32, size a power of two. Indices past
//           the length belong to no element and come last.
// A thread  One thread compares one pair. Even blocks are sorted forward and odd ones backward, so that two neighbors
//           together first rise and then fall, which the next block turns into one order.
// Bytes     Reads 16 and writes 8 bytes per pair.
// Reference tests/reference/ops/scan.ts

override DESCENDING: bool = false;

struct Params { length: u32, inner: u32, size: u32, block: u32, distance: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;

// Maps floats to integers in the same order: 0 and -0 are equal, NaN is the largest, denormals are not flushed.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
}

// The element with the smallest key comes first.
fn keyOf(bits: u32) -> u32 {
  let order = orderOf(bits);
  return select(order, ~order, DESCENDING);
}

fn comesBefore(a: u32, b: u32, base: u32) -> bool {
  if (max(a, b) >= params.length) { return a < b; }
  let key = keyOf(x[base + a * params.inner]);
  let other = keyOf(x[base + b * params.inner]);
  return key < other || (key == other && a < b);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let t = id.x + id.y * groups.x * 64u;
  if (t >= params.count) { return; }
  let half = params.size / 2u;
  let line = t / half;
  let pair = t % half;
  let base = (line / params.inner) * params.length * params.inner + line % params.inner;
  let i = 2u * params.distance * (pair / params.distance) + pair % params.distance;
  let j = i + params.distance;
  let start = line * params.size;
  // the first step has no order yet
  let isFirst = params.block == 2u;
  let a = select(order[start + i], i, isFirst);
  let b = select(order[start + j], j, isFirst);
  let isForward = (i & params.block) == 0u;
  let isSwapped = comesBefore(b, a, base) == isForward;
  order[start + i] = select(a, b, isSwapped);
  order[start + j] = select(b, a, isSwapped);
}
