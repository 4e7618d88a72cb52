// coordinate_pool_grad: the gradient of coordinate_pool.wgsl by its input.
//
//   dx[n, h, w, c] = share(dy[n, h, c], W) + share(dy[n, H + w, c], H)
//   (+ plus, what else flows back to x: PLUS)
//   average: every element of a strip gets dy / length;  maximum: the first maximum gets dy
//
// Layouts   dx, plus: [N, H, W, C]; dy, at: [N, positions, C] for the positions first .. first + positions - 1.
// A thread  makes one Lane of a run of pixels of one row: a gather, so nothing needs an atomic add.
// Bytes     writes 4 a value; dy and at come from cache.

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four
alias Index = vec4<u32>; // u32 there

override KIND: u32 = 0u; // 0 average, 1 maximum, 2 average + maximum
override PLUS: u32 = 0u;

struct Params { height: u32, width: u32, lanes: u32, first: u32, positions: u32, run: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;
@group(0) @binding(2) var<storage, read> at: array<Index>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;
@group(0) @binding(4) var<storage, read> plus: array<Lane>;

// Where the gradient of the strip at `position` lies, or that the positions do not include it.
struct Strip { index: u32, isPooled: bool }

fn stripOf(image: u32, position: u32, lane: u32) -> Strip {
  let place = position - params.first; // below first it wraps round and is too large as well
  return Strip((image * params.positions + place) * params.lanes + lane, place < params.positions);
}

// what element k of a strip of `length` gets of its gradient g; `top` is where its maximum was
fn share(g: Lane, top: Index, k: u32, length: u32) -> Lane {
  var result = Lane(0.0);
  if (KIND != 1u) { result += g / f32(length); }
  if (KIND > 0u) { result += select(Lane(0.0), g, top == Index(k)); }
  return result;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let runs = (params.width + params.run - 1u) / params.run; // of one row
  let lane = i % params.lanes;
  let row = i / (params.lanes * runs);
  let first = i / params.lanes % runs * params.run;
  let end = min(params.width, first + params.run);
  let image = row / params.height;
  let h = row % params.height;

  let strip = stripOf(image, h, lane);
  var ofRow = Lane(0.0);
  var topOfRow = Index(0u);
  if (strip.isPooled) {
    ofRow = dy[strip.index];
    if (KIND > 0u) { topOfRow = at[strip.index]; }
  }
  for (var w = first; w < end; w++) {
    var sum = share(ofRow, topOfRow, w, params.width);
    let column = stripOf(image, params.height + w, lane);
    if (column.isPooled) {
      var top = Index(0u);
      if (KIND > 0u) { top = at[column.index]; }
      sum += share(dy[column.index], top, h, params.height);
    }
    let place = (row * params.width + w) * params.lanes + lane;
    if (PLUS == 1u) { sum += plus[place]; }
    dx[place] = sum;
  }
}
