// augment: converts images of any size, as bytes, to one batch of augmented, resized, normalized floats.
//
//   y[n, i, j, c] = (sum_{p,q} w(p) w(q) light(image_n[p, q, c]) - mean_c) / std_c,    0 inside the erased box
//
// The output pixel at q (rows and columns from -1/2 to 1/2) is sampled around the position
//   p = 1/2 + offset + window * turn(q' - shift),    q' = q, with the sign of its column flipped for a mirror image,
// of the image, and light(v) = slope (v - pivot) + pivot + bias + noise, clamped to 0..1. w is the triangle filter of
// resize_normalize.wgsl (bilinear; wider if the image is larger than the output); without any transform the result
// equals that kernel's. Outside the image the edge pixels are repeated. The erased box is that of Zhong et al., AAAI
// 2020.
//
// The transforms of an image are drawn from a counter: words(d) = pcg4d(pcg4d(slot, step, seed) ^ d) gives four numbers
// for each draw d (Jarzynski & Olano, JCGT 9(3), 2020). The same (seed, step, slot) always gives the same image.
// Each transform has a probability; with `oneOf` the first six are mutually exclusive.
//
// Layouts   bytes, table: as in resize_normalize.wgsl. clock: (seed low, seed high, step, slot of the first image).
//           y: [N, side, side, 3]. Params: (probability, low, high) of each transform; angles in radians, lengths as
//           fractions of the side, light in 0..1.
// A thread  One thread computes one output pixel of an 8 x 8 tile; the first thread of a tile draws the image's
//           transforms for all of them.
// Bytes     Reads each image about one to four times, writes 12 bytes per pixel.
// Reference tests/reference/augment.ts

struct Params {
  side: u32, oneOf: u32,
  mean: vec4<f32>, deviation: vec4<f32>,
  mirror: vec4<f32>, rotation: vec4<f32>, shift: vec4<f32>, crop: vec4<f32>,
  slope: vec4<f32>,                                                     // uses the probability of bias
  bias: vec4<f32>,                                                      // (pivot, low, high)
  noise: vec4<f32>, saturation: vec4<f32>,
  erasing: vec4<f32>,                                                   // fraction of the area
  aspect: vec4<f32>,                                                    // (unused, low, high): height / width
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> clock: vec4<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

struct Changes {
  key: vec4u,
  mirror: f32,       // -1 or 1
  turn: vec2f,       // cosine and sine of the angle, counter-clockwise
  shift: vec2f,      // rows, columns
  window: f32,
  offset: vec2f,
  slope: f32, bias: f32, noise: f32, saturation: f32,
  box: vec4u,        // first row, first column, end row, end column (exclusive)
}
var<workgroup> changes: Changes;

fn pcg4d(input: vec4u) -> vec4u {
  var v = input * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v = v ^ (v >> vec4u(16u));
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

// Four numbers in [0, 1): the top 24 bits of each word.
fn draw(key: vec4u, number: u32) -> vec4f {
  return vec4f(pcg4d(key ^ vec4u(number, 0u, 0u, 0u)) >> vec4u(8u)) / 16777216.0;
}

fn between(range: vec4<f32>, u: f32) -> f32 { return range.y + (range.z - range.y) * u; }

fn signOf(u: f32) -> f32 { return select(-1.0, 1.0, u < 0.5); }

// Selects which of mirror, rotation, shift, crop, light and noise apply: by one number each, or by one for all.
fn chosen(first: vec4f, second: vec4f) -> array<bool, 6> {
  let share = array<f32, 6>(
    params.mirror.x, params.rotation.x, params.shift.x, params.crop.x, params.slope.x, params.noise.x);
  let own = array<f32, 6>(first.x, first.y, first.z, first.w, second.x, second.y);
  var result: array<bool, 6>;
  var below = 0.0;
  for (var k = 0u; k < 6u; k++) {
    if (params.oneOf == 0u) {
      result[k] = own[k] < share[k];
    } else {
      result[k] = first.x >= below && first.x < below + share[k];
      below += share[k];
    }
  }
  return result;
}

// Draws up to ten boxes until one fits into the image, as torchvision does.
fn erasedBox(key: vec4u) -> vec4u {
  let side = f32(params.side);
  for (var attempt = 0u; attempt < 10u; attempt++) {
    let u = draw(key, 8u + attempt);
    let area = between(params.erasing, u.x) * side * side;
    let aspect = exp(log(params.aspect.y) + (log(params.aspect.z) - log(params.aspect.y)) * u.y);
    let size = vec2f(round(sqrt(area * aspect)), round(sqrt(area / aspect)));
    if (size.x < 1.0 || size.y < 1.0 || size.x >= side || size.y >= side) { continue; }
    let first = floor(u.zw * (vec2f(side) - size + 1.0));
    return vec4u(vec4f(first, first + size));
  }
  return vec4u(0u);
}

fn drawChanges(key: vec4u) -> Changes {
  let second = draw(key, 1u);
  let happens = chosen(draw(key, 0u), second);
  let a = draw(key, 2u);
  let b = draw(key, 3u);
  let c = draw(key, 4u);
  let d = draw(key, 5u);
  var result = Changes(key, 1.0, vec2f(1.0, 0.0), vec2f(0.0), 1.0, vec2f(0.0), 1.0, 0.0, 0.0, 1.0, vec4u(0u));
  if (happens[0]) { result.mirror = -1.0; }
  if (happens[1]) {
    let angle = signOf(a.y) * between(params.rotation, a.x);
    result.turn = vec2f(cos(angle), sin(angle));
  }
  if (happens[2]) {
    result.shift = vec2f(
      signOf(b.x) * between(params.shift, a.z), signOf(b.y) * between(params.shift, a.w));
  }
  if (happens[3]) {
    result.window = between(params.crop, b.z);
    result.offset = (c.xy - 0.5) * (1.0 - result.window);
  }
  if (happens[4]) {
    result.slope = between(params.slope, c.z);
    result.bias = between(params.bias, c.w) + params.bias.x * (1.0 - result.slope);
  }
  if (happens[5]) { result.noise = between(params.noise, d.x); }
  if (second.z < params.saturation.x) { result.saturation = between(params.saturation, d.y); }
  if (second.w < params.erasing.x) { result.box = erasedBox(key); }
  return result;
}

fn byteAt(i: u32) -> f32 {
  return f32((bytes[i / 4u] >> (8u * (i % 4u))) & 255u) / 255.0;
}

// Three numbers from N(0, 1) for a pixel of the image; all three are equal if it is gray (Box & Muller, 1958).
fn noiseAt(at: u32, isGrey: bool) -> vec3f {
  let u = draw(changes.key, 65536u + at);
  let radius = sqrt(max(vec2f(0.0), -2.0 * log(1.0 - u.xz)));
  let first = radius.x * cos(6.283185307 * u.y);
  if (isGrey) { return vec3f(first); }
  return vec3f(first, radius.x * sin(6.283185307 * u.y), radius.y * cos(6.283185307 * u.w));
}

fn pixel(picture: vec4<u32>, row: u32, column: u32) -> vec3f {
  let at = row * picture.y + column;
  let first = picture.x + at * picture.w;
  var color = vec3f(byteAt(first));
  if (picture.w > 1u) { color = vec3f(color.x, byteAt(first + 1u), byteAt(first + 2u)); }
  if (picture.w == 4u) { color = mix(vec3f(1.0), color, byteAt(first + 3u)); }
  if (picture.w > 1u) {
    color = mix(vec3f(dot(color, vec3f(0.299, 0.587, 0.114))), color, changes.saturation);
  }
  color = changes.slope * color + changes.bias;
  if (changes.noise > 0.0) { color += changes.noise * noiseAt(at, picture.w == 1u); }
  return clamp(color, vec3f(0.0), vec3f(1.0));
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  let side = params.side;
  if (thread == 0u) { changes = drawChanges(pcg4d(vec4u(clock.w + id.z, clock.z, clock.xy))); }
  workgroupBarrier();
  if (id.x >= side || id.y >= side) { return; }
  let i = (id.z * side + id.y) * side + id.x;
  let picture = table[id.z];
  let size = vec2f(f32(picture.z), f32(picture.y));                     // rows, columns

  var q = (vec2f(f32(id.y), f32(id.x)) + 0.5) / f32(side) - 0.5;
  q.y *= changes.mirror;
  q -= changes.shift;
  q = vec2f(
    changes.turn.y * q.y + changes.turn.x * q.x,
    changes.turn.x * q.y - changes.turn.y * q.x);
  let scale = changes.window * size / f32(side);                        // image pixels per output pixel
  let reach = max(scale, vec2f(1.0));                                   // half width of the filter
  let inside = min(0.5 * reach, 0.5 * size);
  let center = clamp((0.5 + changes.offset + changes.window * q) * size, inside, size - inside);
  let first = vec2u(max(floor(center - reach + 0.5), vec2f(0.0)));
  let last = vec2u(min(ceil(center + reach - 0.5), size));              // exclusive

  var sum = vec3f(0.0);
  var weight = 0.0;
  for (var row = first.x; row < last.x; row++) {
    let wr = max(0.0, 1.0 - abs(f32(row) + 0.5 - center.x) / reach.x);
    for (var column = first.y; column < last.y; column++) {
      let w = wr * max(0.0, 1.0 - abs(f32(column) + 0.5 - center.y) / reach.y);
      if (w > 0.0) {
        sum += w * pixel(picture, row, column);
        weight += w;
      }
    }
  }
  var value = (sum / weight - params.mean.xyz) / params.deviation.xyz;
  let box = changes.box;
  if (id.y >= box.x && id.y < box.z && id.x >= box.y && id.x < box.w) { value = vec3f(0.0); }
  y[3u * i] = value.x;
  y[3u * i + 1u] = value.y;
  y[3u * i + 2u] = value.z;
}
