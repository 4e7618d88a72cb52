// coordinate_pool_grad: the gradient of coordinate_pool.wgsl with respect to its input.
//
//   dx[n, h, w, c] = share(dy[n, h, c], W) + share(dy[n, H + w, c], H)
//   (+ plus, another gradient of x: PLUS)
//   average: every element of a strip gets dy / length;  maximum: the first maximum gets dy
//
// Layouts   dx, plus: [N, H, W, C]; dy, at: [N, positions, C] for the positions first .. first + positions - 1.
// A thread  One thread computes one Vec of a run of pixels of one row: a gather, so no atomic add is needed.
// Bytes     Writes 4 bytes per value; dy and at are read from cache.
// Reference tests/reference/special.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Index = vec4<u32>; // u32 if Vec is f32

override KIND: u32 = 0u; // 0 average, 1 maximum, 2 average + maximum
override PLUS: u32 = 0u;

struct Params { height: u32, width: u32, channels4: u32, first: u32, positions: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> at: array<Index>;
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>;
@group(0) @binding(4) var<storage, read> plus: array<Vec>;

// The index of the strip's gradient at a position, and whether the position was pooled.
struct Strip { index: u32, isPooled: bool }

fn stripOf(image: u32, position: u32, channel4: u32) -> Strip {
  let place = position - params.first; // wraps below first, and is then too large as well
  return Strip((image * params.positions + place) * params.channels4 + channel4, place < params.positions);
}

// The share of element k of `length` in the strip's gradient g; `top` is the index of the maximum.
fn share(g: Vec, top: Index, k: u32, length: u32) -> Vec {
  var result = Vec(0.0);
  if (KIND != 1u) { result += g / f32(length); }
  if (KIND > 0u) { result += select(Vec(0.0), g, top == Index(k)); }
  return result;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.width + params.run - 1u) / params.run; // per row
  let channel4 = i % params.channels4;
  let row = i / (params.channels4 * runs);
  let first = i / params.channels4 % runs * params.run;
  let end = min(params.width, first + params.run);
  let image = row / params.height;
  let h = row % params.height;

  let strip = stripOf(image, h, channel4);
  var ofRow = Vec(0.0);
  var topOfRow = Index(0u);
  if (strip.isPooled) {
    ofRow = dy[strip.index];
    if (KIND > 0u) { topOfRow = at[strip.index]; }
  }
  for (var w = first; w < end; w++) {
    var sum = share(ofRow, topOfRow, w, params.width);
    let column = stripOf(image, params.height + w, channel4);
    if (column.isPooled) {
      var top = Index(0u);
      if (KIND > 0u) { top = at[column.index]; }
      sum += share(dy[column.index], top, h, params.height);
    }
    let place = (row * params.width + w) * params.channels4 + channel4;
    if (PLUS == 1u) { sum += plus[place]; }
    dx[place] = sum;
  }
}
