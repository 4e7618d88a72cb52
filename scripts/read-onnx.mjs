// Reads the nodes and the constant tensors of an ONNX file. Field numbers: onnx/onnx.proto.
import { PbfReader } from 'pbf';

/**
 * @typedef {{ op: string, inputs: string[], outputs: string[] }} OnnxNode
 * @typedef {{ shape: number[], data: Float32Array }} OnnxTensor
 */

const FLOAT = 1;

/**
 * Returns the nodes in order, and the constants of type float by name.
 * @param {Uint8Array} bytes
 * @returns {{ nodes: OnnxNode[], tensors: Map<string, OnnxTensor> }}
 */
export function readOnnxGraph(bytes) {
  /** @type {OnnxNode[]} */
  const nodes = [];
  /** @type {Map<string, OnnxTensor>} */
  const tensors = new Map();
  new PbfReader(bytes).readFields((field, _, pbf) => {
    if (field !== 7) return; // ModelProto.graph
    pbf.readMessage((inGraph) => {
      if (inGraph === 1) nodes.push(readNode(pbf));
      if (inGraph === 5) {
        const { name, type, shape, data } = readTensor(pbf);
        if (type === FLOAT) tensors.set(name, { shape, data });
      }
    }, null);
  }, null);
  return { nodes, tensors };
}

/** @param {PbfReader} pbf */
function readNode(pbf) {
  /** @type {OnnxNode} */
  const node = { op: '', inputs: [], outputs: [] };
  pbf.readMessage((field) => {
    if (field === 1) node.inputs.push(pbf.readString());
    if (field === 2) node.outputs.push(pbf.readString());
    if (field === 4) node.op = pbf.readString();
  }, null);
  return node;
}

/** @param {PbfReader} pbf */
function readTensor(pbf) {
  const tensor = { name: '', type: 0, shape: /** @type {number[]} */ ([]), data: new Float32Array() };
  pbf.readMessage((field) => {
    if (field === 1) pbf.readPackedVarint(tensor.shape);
    if (field === 2) tensor.type = pbf.readVarint();
    if (field === 4) tensor.data = Float32Array.from(pbf.readPackedFloat());
    if (field === 8) tensor.name = pbf.readString();
    if (field === 9) tensor.data = new Float32Array(Uint8Array.from(pbf.readBytes()).buffer);
  }, null);
  return tensor;
}
