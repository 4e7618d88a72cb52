import { BatchNorm2d } from '../layers/batch-norm2d.ts';
import { ConvTranspose2d } from '../layers/conv-transpose2d.ts';
import { Conv2d } from '../layers/conv2d.ts';
import { CoordinateAttention } from '../layers/coordinate-attention.ts';
import { DepthwiseConv2d } from '../layers/depthwise-conv2d.ts';
import { Dropout } from '../layers/dropout.ts';
import { Flatten } from '../layers/flatten.ts';
import { InvertedResidual } from '../layers/inverted-residual.ts';
import { Linear } from '../layers/linear.ts';
import type { Module } from '../layers/module.ts';
import { Sequential } from '../layers/sequential.ts';
import { SqueezeExcitation } from '../layers/squeeze-excitation.ts';
import { FerMobileNetV3 } from '../models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { activationNode } from './onnx-activations.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import { normNode } from './onnx-norms.ts';
import { poolNode } from './onnx-pools.ts';
import { resamplingNode } from './onnx-resampling.ts';
import { isComposed, onOnnx } from './onnx-steps.ts';

/** A value in the graph: images [N, C, H, W], or vectors [N, C] after flattening. */
export interface OnnxResult {
  name: string;
  isFlat: boolean;
}

/**
 * Adds a module to the graph with its behavior in evaluation mode.
 * @throws Error that names a module without an ONNX counterpart
 */
export function addModule(graph: OnnxGraph, module: Module, x: OnnxResult): OnnxResult {
  const { name } = x;
  const same = (output: string): OnnxResult => ({ name: output, isFlat: x.isFlat });
  if (module instanceof FerMobileNetV3) return addFerMobileNetV3(graph, module, x);
  if (module instanceof InvertedResidual) {
    const y = addModule(graph, module.block, x);
    return module.hasResidual ? same(graph.node('Add', [y.name, name])) : y;
  }
  if (module instanceof Sequential) return addSequence(graph, module.modules, x);
  if (isComposed(module)) return module.compose(onOnnx(graph, addModule, addFlatten), x);
  if (module instanceof Dropout) return x;
  const activated = activationNode(graph, module, name);
  if (activated !== null) return same(activated);
  const normalized = normNode(graph, module, name, x.isFlat);
  if (normalized !== null) return same(normalized);
  if (module instanceof Linear) return addLinear(graph, module, x);
  if (module instanceof Flatten) return addFlatten(graph, x);
  if (x.isFlat)
    throw graph.refusal(module, 'works on images, but its input is already flat. Put it before the Flatten.');
  if (module instanceof Conv2d || module instanceof DepthwiseConv2d) {
    return same(graph.convolution(name, module));
  }
  if (module instanceof SqueezeExcitation) return same(addSqueezeExcitation(graph, module, name));
  if (module instanceof CoordinateAttention) return same(addCoordinateAttention(graph, module, name));
  if (module instanceof ConvTranspose2d) return same(graph.transposedConvolution(name, module));
  const pooled = poolNode(graph, module, name);
  if (pooled !== null) return same(pooled);
  const resampled = resamplingNode(graph, module, name);
  if (resampled !== null) return same(resampled);
  throw graph.refusal(module, 'has no ONNX counterpart. Build the model from feathergrad’s own layers.');
}

/** Adds modules in order; a batch norm directly after a convolution is added together with it. */
function addSequence(graph: OnnxGraph, modules: readonly Module[], x: OnnxResult): OnnxResult {
  let y = x;
  for (let i = 0; i < modules.length; i++) {
    const module = modules[i] as Module;
    const next = modules[i + 1];
    const isConvolution = module instanceof Conv2d || module instanceof DepthwiseConv2d;
    if (isConvolution && next instanceof BatchNorm2d && !y.isFlat) {
      y = { name: graph.convolution(y.name, module, { norm: next }), isFlat: false };
      i++;
    } else y = addModule(graph, module, y);
  }
  return y;
}

function addFerMobileNetV3(graph: OnnxGraph, model: FerMobileNetV3, x: OnnxResult): OnnxResult {
  const pooled = graph.node('GlobalAveragePool', [addModule(graph, model.features, x).name]);
  const flat = { name: graph.node('Flatten', [pooled], { axis: { int: 1 } }), isFlat: true };
  const heads = [model.classifier_1, model.classifier_2, model.classifier].filter(
    (head) => head !== undefined,
  );
  return addSequence(graph, heads, flat);
}

/** In feathergrad channels come last, so a flattened vector has the order h, w, c. */
function addFlatten(graph: OnnxGraph, x: OnnxResult): OnnxResult {
  const channelsLast = x.isFlat
    ? x.name
    : graph.node('Transpose', [x.name], { perm: { ints: [0, 2, 3, 1] } });
  return { name: graph.node('Flatten', [channelsLast], { axis: { int: 1 } }), isFlat: true };
}

function addLinear(graph: OnnxGraph, layer: Linear, x: OnnxResult): OnnxResult {
  if (!x.isFlat)
    throw graph.refusal(
      layer,
      'works on vectors, but its input is images. Put a Flatten before it, or use a 1 x 1 Conv2d.',
    );
  return { name: graph.linear(x.name, layer), isFlat: true };
}

function addSqueezeExcitation(graph: OnnxGraph, { fc1, fc2 }: SqueezeExcitation, x: string): string {
  const mean = graph.node('GlobalAveragePool', [x]);
  const squeezed = graph.activation(graph.convolution(mean, fc1), 'relu');
  const gate = graph.activation(graph.convolution(squeezed, fc2), 'hardSigmoid');
  return graph.node('Mul', [x, gate]);
}

/**
 * Adds coordinate attention. The 1 x 1 convolution and the batch norm act on each position separately, so the two
 * strips are not concatenated and split as in the paper: each passes through the same constants, and the graph contains
 * no shapes. Complementary pooling counts the shared bias twice (see CoordinateAttention).
 */
function addCoordinateAttention(graph: OnnxGraph, module: CoordinateAttention, x: string): string {
  const { pooling, conv1, bn1, conv2, conv3, conv_h, conv_w } = module;
  const isComplementary = pooling === 'complementary';
  const gate = (axis: 'width' | 'height', convolution: Conv2d | undefined): string => {
    const strip = graph.axisPool(x, axis, pooling === 'complementary' ? 'both' : pooling);
    const middle = graph.convolution(strip, conv1, { norm: bn1, biasTimes: isComplementary ? 2 : 1 });
    return graph.activation(graph.convolution(middle, convolution as Conv2d), 'sigmoid');
  };
  const byRow = gate('width', conv_h ?? conv2);
  const byColumn = gate('height', conv_w ?? conv3);
  return graph.node('Mul', [graph.node('Mul', [x, byRow]), byColumn]);
}
