import type { Steps } from '../layers/composite.ts';
import type { Module } from '../layers/module.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import type { OnnxResult } from './onnx-layers.ts';

/** A module whose computation is defined by steps: a `Composite` or a `Network`. */
export interface Composed extends Module {
  compose<V>(on: Steps<V>, x: V): V;
}

export const isComposed = (module: Module): module is Composed =>
  'compose' in module && typeof module.compose === 'function';

/** Returns the steps as nodes of a graph, on images [N, C, H, W]. */
export function onOnnx(
  graph: OnnxGraph,
  addModule: (graph: OnnxGraph, module: Module, x: OnnxResult) => OnnxResult,
  addFlatten: (graph: OnnxGraph, x: OnnxResult) => OnnxResult,
): Steps<OnnxResult> {
  const image = (name: string): OnnxResult => ({ name, isFlat: false });
  const like = (x: OnnxResult, name: string): OnnxResult => ({ name, isFlat: x.isFlat });
  const sum = (a: OnnxResult, b: OnnxResult | undefined): OnnxResult =>
    b ? like(a, graph.node('Add', [a.name, b.name])) : a;
  return {
    call: (module, x, residual) => sum(addModule(graph, module, x), residual),
    convNorm: (conv, norm, x, residual) => sum(image(graph.convolution(x.name, conv, { norm })), residual),
    add: sum,
    relu: (x) => like(x, graph.activation(x.name, 'relu')),
    concat: (a, b) => image(graph.node('Concat', [a.name, b.name], { axis: { int: 1 } })),
    channels(x, from, to) {
      const bounds = [[from], [to], [1]].map((list) => graph.integers(list));
      return image(graph.node('Slice', [x.name, ...bounds]));
    },
    padChannels(x, before, after) {
      return image(graph.node('Pad', [x.name, graph.integers([0, before, 0, 0, 0, after, 0, 0])]));
    },
    shuffle(x, groups, channels) {
      const perGroup = channels / groups;
      const order = Array.from(
        { length: channels },
        (_, i) => (i % groups) * perGroup + Math.floor(i / groups),
      );
      const indices = graph.integers(order, `shuffle_${channels}_${groups}`);
      return image(graph.node('Gather', [x.name, indices], { axis: { int: 1 } }));
    },
    mean: (x) => image(graph.node('GlobalAveragePool', [x.name])),
    gate(x, gate, activation) {
      return image(graph.node('Mul', [x.name, graph.activation(gate.name, activation)]));
    },
    flatten: (x) => addFlatten(graph, x),
  };
}
