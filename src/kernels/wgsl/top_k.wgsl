// top_k: the k largest (or SMALLEST) elements along one axis of a tensor seen as [outer, length, inner], in order.
//
//   values[o, j, i] = x[o, indices[o, j, i], i], the (j + 1)-th in order; among equals, the lower index first
//
// NaN counts as larger than all numbers, 0 and -0 as equal.
//
// Layouts   x: [outer, length, inner], the bits of f32; values: [outer, k, inner], bits; indices: the same, u32.
// A thread  One workgroup computes one line. In pass j each thread looks for the best of every 64th element that comes
//           after the one of pass j - 1, and the first thread picks the best of the 64.
// Bytes     Reads the line k times, writes 8 bytes per result.
// Reference tests/reference/ops/scan.ts

override SMALLEST: bool = false;

struct Params { length: u32, inner: u32, k: u32, lines: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;

var<workgroup> keys: array<u32, 64>;
var<workgroup> places: array<u32, 64>;

const NONE = 0xffffffffu;

// Maps floats to integers in the same order: 0 and -0 are equal, NaN is the largest, denormals are not flushed.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
}

// The element with the largest key comes first.
fn keyOf(bits: u32) -> u32 {
  let order = orderOf(bits);
  return select(order, ~order, SMALLEST);
}

@compute @workgroup_size(64)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let line = group.x + group.y * groups.x;
  if (line >= params.lines) { return; }
  let outer = line / params.inner;
  let base = outer * params.length * params.inner + line % params.inner;
  let target_ = outer * params.k * params.inner + line % params.inner;
  var lastKey = 0u;
  var lastPlace = 0u;
  for (var j = 0u; j < params.k; j++) {
    var key = 0u;
    var place = NONE;
    for (var l = thread; l < params.length; l += 64u) {
      let other = keyOf(x[base + l * params.inner]);
      let isLeft = j == 0u || other < lastKey || (other == lastKey && l > lastPlace);
      if (isLeft && (place == NONE || other > key)) {
        key = other;
        place = l;
      }
    }
    keys[thread] = key;
    places[thread] = place;
    workgroupBarrier();
    // every thread picks the same one, so that all threads know what comes next
    key = 0u;
    place = NONE;
    for (var t = 0u; t < 64u; t++) {
      let isBetter = place == NONE || keys[t] > key || (keys[t] == key && places[t] < place);
      if (places[t] != NONE && isBetter) {
        key = keys[t];
        place = places[t];
      }
    }
    lastKey = key;
    lastPlace = place;
    if (thread == 0u) {
      values[target_ + j * params.inner] = x[base + place * params.inner];
      indices[target_ + j * params.inner] = place;
    }
    workgroupBarrier();
  }
}
