import protobuf from 'protobufjs';

// The part of ONNX's file format (onnx.proto, IR version 8) that a network of convolutions needs.
const ONNX = protobuf
  .parse(
    `
syntax = "proto3";
message Model {
  int64 ir_version = 1;
  string producer_name = 2;
  Graph graph = 7;
  repeated OperatorSet opset_import = 8;
}
message OperatorSet { string domain = 1; int64 version = 2; }
message Graph {
  repeated Node node = 1;
  string name = 2;
  repeated Tensor initializer = 5;
  repeated Value input = 11;
  repeated Value output = 12;
}
message Node {
  repeated string input = 1;
  repeated string output = 2;
  string name = 3;
  string op_type = 4;
  repeated Attribute attribute = 5;
}
message Attribute {
  string name = 1;
  float f = 2;
  int64 i = 3;
  repeated int64 ints = 8;
  int32 type = 20;
}
message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Value { string name = 1; Type type = 2; }
message Type { TensorType tensor_type = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { int64 dim_value = 1; }
`,
    { keepCase: true },
  )
  .root.lookupType('Model');

const ELEMENT = { f32: 1, i64: 7 } as const;

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** whole numbers are integers; a float is marked as one */
  attributes?: Record<string, number | readonly number[] | { float: number }>;
}

export interface OnnxTensor {
  shape: readonly number[];
  data: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  nodes: readonly OnnxNode[];
  constants: ReadonlyMap<string, OnnxTensor>;
  input: { name: string; shape: readonly number[] };
  output: { name: string; shape: readonly number[] };
}

/** An ONNX file (operator set 17) of a graph with one f32 input and one f32 output. */
export function encodeOnnx({ nodes, constants, input, output }: OnnxGraph): Uint8Array {
  return ONNX.encode(
    ONNX.fromObject({
      ir_version: 8,
      producer_name: 'feathergrad-bench',
      opset_import: [{ domain: '', version: 17 }],
      graph: {
        name: 'network',
        node: nodes.map(({ op, inputs, outputs, attributes = {} }) => ({
          op_type: op,
          name: outputs[0],
          input: [...inputs],
          output: [...outputs],
          attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
        })),
        initializer: [...constants].map(([name, { shape, data }]) => ({
          name,
          dims: [...shape],
          data_type: data instanceof Float32Array ? ELEMENT.f32 : ELEMENT.i64,
          raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        })),
        input: [toValue(input)],
        output: [toValue(output)],
      },
    }),
  ).finish();
}

function attributeOf(name: string, value: number | readonly number[] | { float: number }) {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: [...value], type: 7 };
}

const toValue = ({ name, shape }: OnnxGraph['input']) => ({
  name,
  type: {
    tensor_type: { elem_type: ELEMENT.f32, shape: { dim: shape.map((n) => ({ dim_value: n })) } },
  },
});
