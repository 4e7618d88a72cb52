import {
  ELU,
  GELU,
  Hardsigmoid,
  Hardswish,
  LeakyReLU,
  ReLU,
  ReLU6,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from '../layers/activations.ts';
import type { Module } from '../layers/module.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/** Adds an activation layer and returns the name of its result; null if the module is not an activation. */
export function activationNode(graph: OnnxGraph, module: Module, x: string): string | null {
  if (module instanceof Hardswish) return graph.activation(x, 'hardSwish');
  if (module instanceof Hardsigmoid) return graph.activation(x, 'hardSigmoid');
  if (module instanceof ReLU) return graph.activation(x, 'relu');
  if (module instanceof ReLU6) return graph.activation(x, 'relu6');
  if (module instanceof Sigmoid) return graph.activation(x, 'sigmoid');
  if (module instanceof SiLU) return graph.activation(x, 'silu');
  if (module instanceof Tanh) return graph.node('Tanh', [x]);
  if (module instanceof LeakyReLU)
    return graph.node('LeakyRelu', [x], { alpha: { float: module.negativeSlope } });
  if (module instanceof ELU) return graph.node('Elu', [x], { alpha: { float: module.alpha } });
  if (module instanceof GELU) return module.approximate === 'tanh' ? geluTanh(graph, x) : gelu(graph, x);
  if (module instanceof Softplus) return softplus(graph, module, x);
  return null;
}

const scalar = (graph: OnnxGraph, name: string, value: number) =>
  graph.constant(name, [], Float32Array.of(value));

/** x (1 / 2 + 1 / 2 erf(x / sqrt(2))); operator set 17 has no Gelu. */
function gelu(graph: OnnxGraph, x: string): string {
  const half = scalar(graph, 'half', 0.5);
  const error = graph.node('Erf', [graph.node('Mul', [x, scalar(graph, 'gelu_scale', Math.SQRT1_2)])]);
  return graph.node('Mul', [x, graph.node('Add', [half, graph.node('Mul', [half, error])])]);
}

/** Computes x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3), which equals x (1 + tanh u) / 2. */
function geluTanh(graph: OnnxGraph, x: string): string {
  const scale = 2 * Math.sqrt(2 / Math.PI);
  const square = graph.node('Mul', [x, x]);
  const cubic = graph.node('Mul', [square, scalar(graph, 'gelu_cubic', 0.044715 * scale)]);
  const slope = graph.node('Add', [cubic, scalar(graph, 'gelu_linear', scale)]);
  return graph.node('Mul', [x, graph.node('Sigmoid', [graph.node('Mul', [x, slope])])]);
}

/** ONNX's Softplus has beta 1 and no threshold; in single precision a threshold of 20 or more makes no difference. */
function softplus(graph: OnnxGraph, { beta, threshold }: Softplus, x: string): string {
  const scale = scalar(graph, 'softplus_beta', beta);
  const scaled = beta === 1 ? x : graph.node('Mul', [x, scale]);
  const plain = graph.node('Softplus', [scaled]);
  const y = beta === 1 ? plain : graph.node('Div', [plain, scale]);
  if (threshold >= 20) return y;
  const isAbove = graph.node('Greater', [scaled, scalar(graph, 'softplus_threshold', threshold)]);
  return graph.node('Where', [isAbove, x, y]);
}
