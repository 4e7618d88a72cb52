// unary_grad: the chain rule through one function of one number.
//
//   dx[i] = dy[i] * f'(x[i])      f chosen by the override FUNCTION, numbered as in unary.wgsl
//
// At a kink (abs and relu at 0, relu6 at 0 and 6, hard-swish and hard-sigmoid at -3 and 3) the slope
// is the one PyTorch takes: 0 on the flat side.
//
// Layouts   x, dy, dx: any shape, as a flat list of `count` Lanes.
// A thread  computes one Lane.
// Bytes     reads 8 and writes 4 an element.

alias Lane = vec4<f32>; // f32 where the element count is not a multiple of four

override FUNCTION: u32 = 0u;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn sigmoidSlope(v: Lane) -> Lane {
  let s = Lane(1.0) / (Lane(1.0) + exp(-v));
  return s * (Lane(1.0) - s);
}

// 1 strictly between low and high, else 0
fn inside(v: Lane, low: f32, high: f32) -> Lane {
  return select(Lane(0.0), Lane(1.0), v > Lane(low)) * select(Lane(0.0), Lane(1.0), v < Lane(high));
}

fn hardSwishSlope(v: Lane) -> Lane {
  let above = select(Lane(0.0), Lane(1.0), v >= Lane(3.0));
  return above + inside(v, -3.0, 3.0) * (v / 3.0 + Lane(0.5));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[i];
  var slope = Lane(1.0);
  switch FUNCTION {
    case 0u: { slope = Lane(-1.0); }
    case 1u: { slope = exp(v); }
    case 2u: { slope = Lane(1.0) / v; }
    case 3u: { slope = Lane(0.5) / sqrt(v); }
    case 4u: { slope = sign(v); }
    case 5u: { slope = select(Lane(0.0), Lane(1.0), v > Lane(0.0)); }
    case 6u: { slope = inside(v, 0.0, 6.0); }
    case 7u: { slope = sigmoidSlope(v); }
    case 8u: { slope = inside(v, -3.0, 3.0) / 6.0; }
    default: { slope = hardSwishSlope(v); }
  }
  dx[i] = dy[i] * slope;
}
