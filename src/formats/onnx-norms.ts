import { BatchNorm1d } from '../layers/batch-norm1d.ts';
import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { GroupNorm, LayerNorm } from '../layers/group-norm.ts';
import type { Module } from '../layers/module.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/** Adds a normalization and returns the name of its result; null if the module is not a normalization. */
export function normNode(graph: OnnxGraph, module: Module, x: string, isFlat: boolean): string | null {
  if (module instanceof BatchNorm1d && isFlat) return graph.batchNorm(x, module);
  if (module instanceof BatchNorm2d && !isFlat) return graph.batchNorm(x, module);
  if (module instanceof GroupNorm) return groupNorm(graph, module, x, isFlat);
  if (module instanceof LayerNorm) return layerNorm(graph, module, x, isFlat);
  return null;
}

/** Operator set 17 has no GroupNormalization: each group becomes one channel of an InstanceNormalization. */
function groupNorm(graph: OnnxGraph, norm: GroupNorm, x: string, isFlat: boolean): string {
  const { numGroups, numChannels, eps } = norm;
  const vector = (name: string, values: number[]) =>
    graph.constant(name, [values.length], Float32Array.from(values));
  const groups = graph.integers([0, numGroups, -1]);
  const ones = vector(`ones_${numGroups}`, new Array<number>(numGroups).fill(1));
  const zeros = vector(`zeros_${numGroups}`, new Array<number>(numGroups).fill(0));
  const grouped = graph.node('Reshape', [x, groups], {});
  const normal = graph.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: { float: eps } });
  let y = graph.node('Reshape', [normal, graph.node('Shape', [x])]);
  const shape = isFlat ? [1, numChannels] : [1, numChannels, 1, 1];
  if (norm.weight) y = graph.node('Mul', [y, graph.parameter(norm, 'weight', shape)]);
  if (norm.bias) y = graph.node('Add', [y, graph.parameter(norm, 'bias', shape)]);
  return y;
}

/**
 * The graph's images are [N, C, H, W]. Norms of one or two axes are computed on [N, H, W, C]; a norm of the whole image
 * already has its weights in the graph's order.
 */
function layerNorm(graph: OnnxGraph, norm: LayerNorm, x: string, isFlat: boolean): string {
  const { normalizedShape, eps } = norm;
  const isMoved = !isFlat && normalizedShape.length < 3;
  const last = isMoved ? graph.node('Transpose', [x], { perm: { ints: [0, 2, 3, 1] } }) : x;
  const [c, h, w] = [normalizedShape[2], normalizedShape[0], normalizedShape[1]] as [number, number, number];
  const shape = normalizedShape.length === 3 ? [c, h, w] : normalizedShape;
  const scale = norm.weight
    ? graph.parameter(norm, 'weight', shape)
    : graph.constant(
        `ones_${shape.join('_')}`,
        shape,
        new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
      );
  const inputs = norm.bias ? [last, scale, graph.parameter(norm, 'bias', shape)] : [last, scale];
  const y = graph.node('LayerNormalization', inputs, {
    axis: { int: -normalizedShape.length },
    epsilon: { float: eps },
  });
  return isMoved ? graph.node('Transpose', [y], { perm: { ints: [0, 3, 1, 2] } }) : y;
}
