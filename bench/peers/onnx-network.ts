import { type Activation, forward, type Operations } from './network.ts';
import { encodeOnnx, type OnnxNode, type OnnxTensor } from './onnx-file.ts';
import { foldNorms, type Weights } from './weights.ts';

/** A result in the graph: its name and shape [N, C, H, W]. */
interface Value {
  name: string;
  shape: readonly number[];
}

/** The network as an ONNX file for one batch size and side, batch norms folded. Input `images`, output `logits`. */
export function onnxNetwork(weights: Weights, size: number, side: number): Uint8Array {
  const folded = foldNorms(weights);
  const graph = new GraphBuilder(folded);
  const input = { name: 'images', shape: [size, 3, side, side] };
  const output = forward(graph.operations(), folded, input);
  return encodeOnnx({ nodes: graph.nodes, constants: graph.constants, input, output });
}

class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensor>();

  constructor(weights: Weights) {
    for (const [name, weight] of weights) this.constants.set(name, weight);
  }

  operations(): Operations<Value> {
    return {
      again: (x) => x,
      unit: (x, { conv, stride, isDepthwise, activation }) =>
        this.activate(this.convolve(x, conv, stride, isDepthwise), activation),
      pointwise: (x, name, activation) => this.activate(this.convolve(x, name, 1, false), activation),
      linear: (x, name) => {
        const outputs = this.shapeOf(`${name}.weight`)[0] as number;
        const operands = [x.name, `${name}.weight`, `${name}.bias`];
        return this.node('Gemm', operands, [x.shape[0] as number, outputs], { transB: 1 });
      },
      activate: (x, activation) => this.activate(x, activation),
      add: (x, y) => this.node('Add', [x.name, y.name], x.shape),
      multiply: (x, y) => this.node('Mul', [x.name, y.name], x.shape),
      pool: (x, how, axis) => {
        const at = axis === 'height' ? 2 : 3;
        const op = how === 'mean' ? 'ReduceMean' : 'ReduceMax';
        const shape = x.shape.map((n, i) => (i === at ? 1 : n));
        return this.node(op, [x.name], shape, { axes: [at], keepdims: 1 });
      },
      globalPool: (x, keepAxes) => {
        const [n = 0, c = 0] = x.shape;
        const pooled = this.node('GlobalAveragePool', [x.name], [n, c, 1, 1]);
        return keepAxes ? pooled : this.reshape(pooled, [n, c]);
      },
      turn: (x) => {
        const [n = 0, c = 0, h = 0, w = 0] = x.shape;
        return this.reshape(x, [n, c, w, h]);
      },
      join: (x, y) => {
        const [n = 0, c = 0, h = 0, w = 0] = x.shape;
        return this.node('Concat', [x.name, y.name], [n, c, h + (y.shape[2] ?? 0), w], { axis: 2 });
      },
      halves: (x) => {
        const [n = 0, c = 0, h = 0, w = 0] = x.shape;
        const shape = [n, c, h / 2, w];
        const first = this.node('Split', [x.name], shape, { axis: 2 }, 2);
        return [first, { name: `${first.name}_1`, shape }];
      },
    };
  }

  private node(
    op: string,
    inputs: readonly string[],
    shape: readonly number[],
    attributes: OnnxNode['attributes'] = {},
    outputs = 1,
  ): Value {
    const name = `${op}_${this.nodes.length}`;
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}_${i}`));
    this.nodes.push({ op, inputs, outputs: names, attributes });
    return { name, shape };
  }

  private convolve(x: Value, name: string, stride: number, isDepthwise: boolean): Value {
    const [filters = 0, , kernel = 1] = this.shapeOf(`${name}.weight`);
    const pad = kernel >> 1;
    const [n = 0, , h = 0, w = 0] = x.shape;
    const along = (length: number) => Math.floor((length + 2 * pad - kernel) / stride) + 1;
    return this.node('Conv', [x.name, `${name}.weight`, `${name}.bias`], [n, filters, along(h), along(w)], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: isDepthwise ? filters : 1,
    });
  }

  private activate(x: Value, activation: Activation): Value {
    if (activation === 'none') return x;
    if (activation === 'hardSigmoid') {
      const attributes = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
      return this.node('HardSigmoid', [x.name], x.shape, attributes);
    }
    const op = { relu: 'Relu', sigmoid: 'Sigmoid', hardSwish: 'HardSwish' }[activation];
    return this.node(op, [x.name], x.shape);
  }

  private reshape(x: Value, shape: readonly number[]): Value {
    const name = `shape_${this.nodes.length}`;
    this.constants.set(name, {
      shape: [shape.length],
      data: BigInt64Array.from(shape, (n) => BigInt(n)),
    });
    return this.node('Reshape', [x.name, name], shape);
  }

  private shapeOf(name: string): readonly number[] {
    const constant = this.constants.get(name);
    if (!constant) throw new Error(`no weight ${name}`);
    return constant.shape;
  }
}
