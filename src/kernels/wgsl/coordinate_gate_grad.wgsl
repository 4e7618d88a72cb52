// coordinate_gate_grad: the gradients of coordinate_gate.wgsl by its two gates.
//
//   r = sigmoid(rows), k = sigmoid(columns)
//   drows[n, h, c]    = r (1 - r) sum over w of dy x k
//   dcolumns[n, w, c] = k (1 - k) sum over h of dy x r
//
// Layouts   x, dy: [N, H, W, C]; rows, drows: [N, H, 1, C]; columns, dcolumns: [N, 1, W, C].
// A thread  sums one strip of one Lane of channels: the rows' strips first, then the columns'.
// Bytes     reads 16 a value (x and dy, once for each direction).

alias Lane = vec4<f32>; // f32 where the channels are not a multiple of four

struct Params { height: u32, width: u32, lanes: u32, count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read> rows: array<Lane>;
@group(0) @binding(4) var<storage, read> columns: array<Lane>;
@group(0) @binding(5) var<storage, read_write> drows: array<Lane>;
@group(0) @binding(6) var<storage, read_write> dcolumns: array<Lane>;

fn sigmoid(v: Lane) -> Lane { return Lane(1.0) / (Lane(1.0) + exp(-v)); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let lane = i % params.lanes;
  let positions = params.height + params.width;
  let position = (i / params.lanes) % positions;
  let n = i / (params.lanes * positions);
  let image = n * params.height * params.width;
  var sum = Lane(0.0);
  if (position < params.height) {
    let h = position;
    for (var w = 0u; w < params.width; w++) {
      let at = (image + h * params.width + w) * params.lanes + lane;
      sum += dy[at] * x[at] * sigmoid(columns[(n * params.width + w) * params.lanes + lane]);
    }
    let row = (n * params.height + h) * params.lanes + lane;
    let r = sigmoid(rows[row]);
    drows[row] = sum * r * (Lane(1.0) - r);
  } else {
    let w = position - params.height;
    for (var h = 0u; h < params.height; h++) {
      let at = (image + h * params.width + w) * params.lanes + lane;
      sum += dy[at] * x[at] * sigmoid(rows[(n * params.height + h) * params.lanes + lane]);
    }
    let column = (n * params.width + w) * params.lanes + lane;
    let k = sigmoid(columns[column]);
    dcolumns[column] = sum * k * (Lane(1.0) - k);
  }
}
