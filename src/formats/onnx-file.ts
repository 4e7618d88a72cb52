import { PbfWriter } from 'pbf';

// The part of ONNX's file format that a network needs: messages of onnx.proto with their field numbers
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

const IR_VERSION = 8;
/** Version of the operator set: the first one with all operators needed here. Every current runtime supports it. */
const OPSET = 17;

/** TensorProto.DataType */
const ELEMENT = { f32: 1, u8: 2, i64: 7, f16: 10 } as const;
/** the same type, as the `to` attribute of Cast */
export const FLOAT = ELEMENT.f32;
export type OnnxElement = keyof typeof ELEMENT;
/** AttributeProto.AttributeType */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  output: string;
  attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Integers and floats are distinguished explicitly, since ONNX has a type for each. */
export type OnnxAttribute =
  | { int: number }
  | { ints: readonly number[] }
  | { float: number }
  | { string: string };

export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  /** a Uint16Array holds the bits of half-precision numbers, a BigInt64Array integers such as shapes */
  data: Float32Array | Uint16Array | BigInt64Array;
}

/** An input or output. A string names an axis of any length. */
export interface OnnxValue {
  name: string;
  element: OnnxElement;
  shape: readonly (number | string)[];
}

export interface OnnxModel {
  nodes: readonly OnnxNode[];
  constants: readonly OnnxTensor[];
  input: OnnxValue;
  output: OnnxValue;
  /** ModelProto.doc_string */
  doc: string;
  metadata: Readonly<Record<string, string>>;
}

/** ModelProto */
export function encodeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const out = new PbfWriter();
  out.writeVarintField(1, IR_VERSION);
  out.writeStringField(2, 'feathergrad');
  out.writeStringField(6, model.doc);
  out.writeMessage(7, writeGraph, model);
  out.writeMessage(8, writeOperatorSet, OPSET);
  for (const entry of Object.entries(model.metadata)) out.writeMessage(14, writeEntry, entry);
  return out.finish().slice();
}

function writeOperatorSet(version: number, out: PbfWriter): void {
  out.writeStringField(1, ''); // the domain of ONNX's own operators
  out.writeVarintField(2, version);
}

function writeEntry([key, value]: readonly [string, string], out: PbfWriter): void {
  out.writeStringField(1, key);
  out.writeStringField(2, value);
}

function writeGraph({ nodes, constants, input, output }: OnnxModel, out: PbfWriter): void {
  for (const node of nodes) out.writeMessage(1, writeNode, node);
  out.writeStringField(2, 'network');
  for (const constant of constants) out.writeMessage(5, writeTensor, constant);
  out.writeMessage(11, writeValue, input);
  out.writeMessage(12, writeValue, output);
}

function writeNode({ op, inputs, output, attributes }: OnnxNode, out: PbfWriter): void {
  for (const name of inputs) out.writeStringField(1, name);
  out.writeStringField(2, output);
  out.writeStringField(3, output);
  out.writeStringField(4, op);
  for (const entry of Object.entries(attributes)) out.writeMessage(5, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, OnnxAttribute], out: PbfWriter): void {
  out.writeStringField(1, name);
  if ('float' in value) {
    out.writeFloatField(2, value.float);
    out.writeVarintField(20, ATTRIBUTE.float);
  } else if ('string' in value) {
    out.writeStringField(4, value.string);
    out.writeVarintField(20, ATTRIBUTE.string);
  } else if ('int' in value) {
    out.writeVarintField(3, value.int);
    out.writeVarintField(20, ATTRIBUTE.int);
  } else {
    for (const int of value.ints) out.writeVarintField(8, int);
    out.writeVarintField(20, ATTRIBUTE.ints);
  }
}

function writeTensor({ name, shape, data }: OnnxTensor, out: PbfWriter): void {
  for (const side of shape) out.writeVarintField(1, side);
  const isInteger = data instanceof BigInt64Array;
  out.writeVarintField(2, ELEMENT[isInteger ? 'i64' : data instanceof Float32Array ? 'f32' : 'f16']);
  out.writeStringField(8, name);
  out.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, element, shape }: OnnxValue, out: PbfWriter): void {
  out.writeStringField(1, name);
  out.writeMessage(2, writeType, { element, shape });
}

function writeType(type: Omit<OnnxValue, 'name'>, out: PbfWriter): void {
  out.writeMessage(1, writeTensorType, type);
}

function writeTensorType({ element, shape }: Omit<OnnxValue, 'name'>, out: PbfWriter): void {
  out.writeVarintField(1, ELEMENT[element]);
  out.writeMessage(2, writeShape, shape);
}

function writeShape(shape: OnnxValue['shape'], out: PbfWriter): void {
  for (const side of shape) out.writeMessage(1, writeDimension, side);
}

function writeDimension(side: number | string, out: PbfWriter): void {
  if (typeof side === 'number') out.writeVarintField(1, side);
  else out.writeStringField(2, side);
}
