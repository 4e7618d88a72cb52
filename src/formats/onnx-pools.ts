import type { Module } from '../layers/module.ts';
import { AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, AxisPool, MaxPool2d } from '../layers/pooling.ts';
import type { OnnxAttribute } from './onnx-file.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/**
 * Adds a pool and returns the name of its result; null if the module is not a pool.
 * @throws Error that names a pool without an ONNX counterpart
 */
export function poolNode(graph: OnnxGraph, module: Module, x: string): string | null {
  if (module instanceof AxisPool) return graph.axisPool(x, module.axis, module.kind);
  if (module instanceof AdaptiveAvgPool2d || module instanceof AdaptiveMaxPool2d) {
    const isGlobal = String(module.outputSize) === '1' || String(module.outputSize) === '1,1';
    if (!isGlobal)
      throw refusal(
        graph,
        module,
        `has output size [${[module.outputSize].flat().map(String)}], but ONNX supports only 1`,
      );
    return graph.node(module instanceof AdaptiveAvgPool2d ? 'GlobalAveragePool' : 'GlobalMaxPool', [x]);
  }
  if (module instanceof MaxPool2d) {
    return graph.node('MaxPool', [x], { ...windowOf(graph, module), dilations: { ints: module.dilation } });
  }
  return module instanceof AvgPool2d ? averagePool(graph, module, x) : null;
}

function averagePool(graph: OnnxGraph, module: AvgPool2d, x: string): string {
  const { kernelSize, padding, ceilMode, countIncludePad, divisorOverride } = module;
  const isPadded = padding.some((n) => n > 0);
  if (ceilMode && (divisorOverride !== null || (isPadded && countIncludePad))) {
    throw refusal(
      graph,
      module,
      'has ceilMode with counted padding or a divisor, which ONNX does not define',
    );
  }
  // without padding both divisors are the number of pixels in the image
  const counted = divisorOverride !== null || (isPadded && countIncludePad) ? 1 : 0;
  const y = graph.node('AveragePool', [x], {
    ...windowOf(graph, module),
    count_include_pad: { int: counted },
  });
  if (divisorOverride === null) return y;
  const factor = (kernelSize[0] * kernelSize[1]) / divisorOverride;
  return graph.node('Mul', [y, graph.constant('pool_factor', [], Float32Array.of(factor))]);
}

function windowOf(graph: OnnxGraph, module: MaxPool2d | AvgPool2d): Record<string, OnnxAttribute> {
  const { kernelSize, stride, ceilMode } = module;
  const [top, left] = module.padding;
  // ONNX does not have PyTorch's rule that the last window must start inside the image or the padding before it
  if (
    ceilMode &&
    [0, 1].some((a) => (stride[a] as number) + (module.padding[a] as number) > reach(module, a))
  ) {
    throw refusal(
      graph,
      module,
      'has ceilMode and a stride plus padding larger than the window, which ONNX rounds differently',
    );
  }
  return {
    kernel_shape: { ints: kernelSize },
    strides: { ints: stride },
    pads: { ints: [top, left, top, left] },
    ...(ceilMode && { ceil_mode: { int: 1 } }),
  };
}

function reach(module: MaxPool2d | AvgPool2d, axis: number): number {
  const dilation = module instanceof MaxPool2d ? (module.dilation[axis] as number) : 1;
  return dilation * ((module.kernelSize[axis] as number) - 1) + 1;
}

function refusal(graph: OnnxGraph, module: Module, why: string): Error {
  return graph.refusal(module, `${why}. Use another pool.`);
}
