// reduce: sum, maximum, minimum or product along one axis of a tensor seen as [outer, length, inner].
//
//   y[o, chunk, i] = op over l in the chunk of x[o, l, i]
//
// A long axis is split into chunks, and a second dispatch of the same kernel reduces the chunks: a tree of two levels
// with a fixed order of addition, in which no thread adds more than a few hundred numbers.
//
// Layouts   x: [outer, length, inner] f32, i32 or u32; y: [outer, chunks, inner]. Integers wrap at 32 bits.
// A thread  One thread computes one element of y.
// Bytes     Reads 4 bytes per element of x.
// Reference tests/reference/ops/reduce.ts

alias Element = f32; // or i32, u32
override OPERATION: u32 = 0u; // 0 sum, 1 maximum, 2 minimum, 3 product
override WHOLE: bool = false; // integers, which have no NaN

struct Params { length: u32, inner: u32, chunks: u32, chunkLength: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Element>;
@group(0) @binding(2) var<storage, read_write> y: array<Element>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Element) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// Maps floats to integers in the same order: 0 and -0 are equal, NaN is the largest, denormals are not flushed.
fn orderOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
}

// NaN counts as both largest and smallest, so it propagates.
fn wins(value: Element, result: Element) -> bool {
  if (WHOLE) {
    if (OPERATION == 1u) { return value > result; }
    return value < result;
  }
  if (isNan(value) || isNan(result)) { return isNan(value); }
  let a = orderOf(bitcast<u32>(value));
  let b = orderOf(bitcast<u32>(result));
  if (OPERATION == 1u) { return a > b; }
  return a < b;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let chunk = (i / params.inner) % params.chunks;
  let outer = i / (params.inner * params.chunks);
  let first = chunk * params.chunkLength;
  let end = min(params.length, first + params.chunkLength);
  let base = outer * params.length * params.inner + i % params.inner;
  var result = x[base + first * params.inner];
  for (var l = first + 1u; l < end; l++) {
    let value = x[base + l * params.inner];
    switch OPERATION {
      case 0u: { result += value; }
      case 3u: { result *= value; }
      default: { result = select(result, value, wins(value, result)); }
    }
  }
  y[i] = result;
}
