// coordinate_pool: pools an image over its width and over its height.
//
//   position p < H:    y[n, p, c] = pool over w of x[n, p, w, c]
//   position p >= H:   y[n, p, c] = pool over h of x[n, h, p - H, c]
//   pool = average, maximum, or average + maximum (KIND 0, 1, 2)
//
// Coordinate attention (Hou et al., CVPR 2021) uses all H + W positions. Average + maximum is the complementary pooling
// of Liang et al. 2023 after its two convolutions are merged into one. Pooling over one axis uses only the positions of that axis.
//
// Layouts   x: [N, H, W, C]; y, at: [N, positions, C] for the positions first .. first + positions - 1.
//           at = index of the first maximum along the strip (written if KIND > 0); NaN counts as largest.
// A thread  One thread pools one strip (row or column) of one Vec of channels.
// Bytes     Reads 4 bytes per value of x for each of the two directions.
// Reference tests/reference/special.ts

alias Vec = vec4<f32>; // f32 if the number of channels is not a multiple of four
alias Number = f32; // storage type of x: f16 in half precision
alias Stored = vec4<Number>; // a Vec in the storage type
alias Index = vec4<u32>; // u32 if Vec is f32
alias Bits = vec4<u32>; // same width as Vec
alias Flags = vec4<bool>; // same width as Vec

override KIND: u32 = 0u;

struct Params { height: u32, width: u32, channels4: u32, first: u32, positions: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(0) @binding(3) var<storage, read_write> at: array<Index>;

// Compilers may assume that no value is NaN, so NaN is detected by its bits.
fn isNan(v: Vec) -> Flags { return (bitcast<Bits>(v) & Bits(0x7fffffffu)) > Bits(0x7f800000u); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let channel4 = i % params.channels4;
  let position = params.first + (i / params.channels4) % params.positions;
  let image = i / (params.channels4 * params.positions) * params.height * params.width;
  let isRow = position < params.height;
  let start = select(position - params.height, position * params.width, isRow);
  let step = select(params.width, 1u, isRow);
  let length = select(params.height, params.width, isRow);

  var top = Vec(x[(image + start) * params.channels4 + channel4]);
  var sum = top;
  var where_ = Index(0u);
  for (var k = 1u; k < length; k++) {
    let value = Vec(x[(image + start + k * step) * params.channels4 + channel4]);
    sum += value;
    if (KIND > 0u) {
      where_ = select(where_, Index(k), value > top);
      top = max(top, value);
    }
  }
  // the sum is NaN if the strip has a NaN: only then is each value tested
  if (KIND > 0u && any(isNan(sum))) {
    for (var k = length; k > 0u; k--) {
      let value = Vec(x[(image + start + (k - 1u) * step) * params.channels4 + channel4]);
      let nan = isNan(value);
      where_ = select(where_, Index(k - 1u), nan);
      top = select(top, value, nan);
    }
  }
  let mean = sum / f32(length);
  if (KIND == 0u) {
    y[i] = mean;
  } else {
    y[i] = select(top, top + mean, KIND == 2u);
    at[i] = where_;
  }
}
