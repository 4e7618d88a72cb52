// cumsum: running sums along one axis of a tensor seen as [outer, length, inner], from the front or the back (REVERSE).
//
//   y[o, l, i] = sum over k <= l of x[o, k, i]          REVERSE: sum over k >= l
//
// A long axis is split into chunks. reduce.wgsl sums each chunk, this kernel computes the running sums of the chunks, and
// a last dispatch continues them within each chunk. The order of addition depends only on the shape.
//
// Layouts   x, y: [outer, length, inner] f32, i32 or u32; totals: [outer, chunks, inner], the running sums of the chunks,
//           read if there are two chunks or more.
// A thread  One thread computes the sums of one chunk.
// Bytes     Reads 4 and writes 4 bytes per element; chunks add one read.
// Reference tests/reference/ops/scan.ts

alias Element = f32; // or i32, u32
override REVERSE: bool = false;

struct Params { length: u32, inner: u32, chunks: u32, chunkLength: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Element>;
@group(0) @binding(2) var<storage, read> totals: array<Element>;
@group(0) @binding(3) var<storage, read_write> y: array<Element>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let chunk = (i / params.inner) % params.chunks;
  let outer = i / (params.inner * params.chunks);
  let first = chunk * params.chunkLength;
  let end = min(params.length, first + params.chunkLength);
  let base = outer * params.length * params.inner + i % params.inner;
  var total = Element(0);
  if (REVERSE) {
    if (chunk + 1u < params.chunks) { total = totals[i + params.inner]; }
    for (var l = end; l > first; l--) {
      let at = base + (l - 1u) * params.inner;
      total += x[at];
      y[at] = total;
    }
    return;
  }
  if (chunk > 0u) { total = totals[i - params.inner]; }
  for (var l = first; l < end; l++) {
    let at = base + l * params.inner;
    total += x[at];
    y[at] = total;
  }
}
