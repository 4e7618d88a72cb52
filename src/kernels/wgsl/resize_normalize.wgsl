// resize_normalize: converts images of any size, as bytes, to one batch of normalized floats.
//
//   y[n, i, j, c] = (sum_{p,q} w(p) w(q) image_n[p, q, c] / 255 - mean_c) / std_c
//
// w is a triangle filter (bilinear) around the output pixel's center in the image. If the image is larger than the
// output, the filter widens by the ratio, so that every byte contributes and nothing aliases.
//
// Layouts   bytes: the rows of all images one after another, 1 (gray), 3 (RGB) or 4 (RGBA) bytes per pixel,
//           four bytes per u32, low byte first. table[n] = (first byte, width, height, channels); a gray value is used
//           for all three channels, transparent pixels are blended over white. y: [N, side, side, 3].
// A thread  One thread computes one output pixel.
// Bytes     Reads each image about one to four times, writes 12 bytes per pixel.
// Reference tests/reference/augment.ts

struct Params { count: u32, side: u32, mean: vec4<f32>, deviation: vec4<f32> }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> bytes: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn byteAt(i: u32) -> f32 {
  return f32((bytes[i / 4u] >> (8u * (i % 4u))) & 255u) / 255.0;
}

fn pixel(picture: vec4<u32>, row: u32, column: u32) -> vec3f {
  let at = picture.x + (row * picture.y + column) * picture.w;
  if (picture.w == 1u) { return vec3f(byteAt(at)); }
  let color = vec3f(byteAt(at), byteAt(at + 1u), byteAt(at + 2u));
  if (picture.w == 4u) { return mix(vec3f(1.0), color, byteAt(at + 3u)); }
  return color;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let side = params.side;
  let picture = table[i / (side * side)];
  let scale = vec2f(f32(picture.z), f32(picture.y)) / f32(side);        // rows, columns of the image per output pixel
  let center = (vec2f(f32((i / side) % side), f32(i % side)) + 0.5) * scale;
  let reach = max(scale, vec2f(1.0));                                   // half width of the filter
  let size = vec2f(f32(picture.z), f32(picture.y));
  let first = vec2u(max(floor(center - reach + 0.5), vec2f(0.0)));
  let last = vec2u(min(ceil(center + reach - 0.5), size));              // exclusive

  var sum = vec3f(0.0);
  var weight = 0.0;
  for (var row = first.x; row < last.x; row++) {
    let wr = max(0.0, 1.0 - abs(f32(row) + 0.5 - center.x) / reach.x);
    for (var column = first.y; column < last.y; column++) {
      let w = wr * max(0.0, 1.0 - abs(f32(column) + 0.5 - center.y) / reach.y);
      sum += w * pixel(picture, row, column);
      weight += w;
    }
  }
  let value = (sum / weight - params.mean.xyz) / params.deviation.xyz;
  y[3u * i] = value.x;
  y[3u * i + 1u] = value.y;
  y[3u * i + 2u] = value.z;
}
