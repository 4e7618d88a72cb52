// counter_advance: advances the counter of a random stream by one draw.
//
//   state[3] = state[3] + 1
//
// Layouts   state: [seedLow, seedHigh, stream, counter] of dropout.wgsl and normal_draw.wgsl.
// A thread  Only the first thread does any work.
// Bytes     8.
// Reference tests/reference/ops/random.ts

@group(0) @binding(1) var<storage, read_write> state: vec4u;

@compute @workgroup_size(1)
fn main() {
  state.w += 1u;
}
