// resize_frame: converts windows of one RGBA image to normalized floats, for video.
//
//   y[n, i, j, c] = (sum_{p,q} w(p) w(q) frame[p, q, c] / 255 - mean_c) / std_c
//
// w is a triangle filter (bilinear) around the output pixel's center in window n, which may be rotated about its center. If the window is larger than the
// output, the filter widens by the ratio, which prevents aliasing. Outside the frame the edge pixels are repeated.
//
// Layouts   frame: [height, stride] pixels, each a u32 = RGBA with red in the low byte; only the first `width` of a row's
//           `stride` pixels are used. windows: two vec4 each, (left, top, width, height) in pixels of the frame before the
//           rotation, then width and height of the frame and sine and cosine of the angle, which is positive from the x
//           axis to the y axis. Transparent pixels are blended over white. y: [N, side, side, 3]; with `gray` = 1 all three
//           channels are the luma, rounded to bytes as the host rounds the luma of an image.
// A thread  One thread computes one output pixel.
// Bytes     Reads each pixel of the window about one to four times, writes 12 bytes per pixel.
// Reference tests/browser/frame.test.ts

struct Params { count: u32, side: u32, stride: u32, gray: u32, mean: vec4<f32>, deviation: vec4<f32> }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frame: array<u32>;
@group(0) @binding(2) var<storage, read> windows: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn pixel(row: i32, column: i32, size: vec2i) -> vec3f {
  let at = clamp(vec2i(row, column), vec2i(0), size - 1);
  let color = unpack4x8unorm(frame[u32(at.x) * params.stride + u32(at.y)]);
  let opaque = mix(vec3f(1.0), color.rgb, color.a);
  if (params.gray == 0u) { return opaque; }
  return vec3f(floor(dot(opaque, vec3f(76.245, 149.685, 29.07)) + 0.5) / 255.0); // 255 times ITU-R BT.601
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let side = params.side;
  let n = i / (side * side);
  let window = windows[2u * n];
  let more = windows[2u * n + 1u];
  let size = vec2i(more.yx);                                            // rows, columns
  let scale = window.wz / f32(side);                                    // frame pixels per output pixel
  let inside = (vec2f(f32((i / side) % side), f32(i % side)) + 0.5) * scale;
  let offset = inside - 0.5 * window.wz;                                // from the window's center
  let turned = vec2f(offset.y * more.z + offset.x * more.w, offset.y * more.w - offset.x * more.z);
  let center = window.yx + inside + (turned - offset);                  // without rotation exactly window + inside
  let reach = max(scale, vec2f(1.0));                                   // half width of the filter
  let first = vec2i(floor(center - reach + 0.5));
  let last = vec2i(ceil(center + reach - 0.5));                         // exclusive

  var sum = vec3f(0.0);
  var weight = 0.0;
  for (var row = first.x; row < last.x; row++) {
    let wr = max(0.0, 1.0 - abs(f32(row) + 0.5 - center.x) / reach.x);
    for (var column = first.y; column < last.y; column++) {
      let w = wr * max(0.0, 1.0 - abs(f32(column) + 0.5 - center.y) / reach.y);
      sum += w * pixel(row, column, size);
      weight += w;
    }
  }
  let value = (sum / weight - params.mean.xyz) / params.deviation.xyz;
  y[3u * i] = value.x;
  y[3u * i + 1u] = value.y;
  y[3u * i + 2u] = value.z;
}
