import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { choose } from './choose.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { type Epilogue, epilogueSpec } from './epilogue.ts';
import { chunkVariants, splitRows, sumPartials } from './partial-sums.ts';

/** A convolution that runs on kernels for every window and any number of groups. */
export interface WindowPlan {
  geometry: ConvolutionGeometry;
  /** output channels */
  outputs: number;
  groups: number;
}

/** Parameters shared by the three kernels. `pairs` counts the pairs of Vecs of output channels, which do not cross groups. */
function windowParameters({ geometry, outputs, groups }: WindowPlan) {
  const { height, width, channels, kernel, stride, padding, dilation, outHeight, outWidth } = geometry;
  const { count4: groupOutputs4, defines } = inVec4(outputs / groups);
  const sizes = {
    height,
    width,
    channels,
    outHeight,
    outWidth,
    channels4: groupOutputs4 * groups,
    groupChannels: channels / groups,
    groupOutputs4,
    kernelH: kernel[0],
    kernelW: kernel[1],
    strideH: stride[0],
    strideW: stride[1],
    dilationH: dilation[0],
    dilationW: dilation[1],
    padTop: padding[0],
    padLeft: padding[1],
  };
  return { sizes, defines, pairs: groups * Math.ceil(groupOutputs4 / 2) };
}

/** Computes y = x correlated with weight, plus bias. */
export function windowForward(
  label: string,
  plan: WindowPlan,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  y: Tensor,
  epilogue: Epilogue | null,
): void {
  const { batch, outHeight, outWidth } = plan.geometry;
  const { sizes, defines, pairs } = windowParameters(plan);
  const { bind, overrides, params } = epilogueSpec(epilogue, bias, weight);
  const count = batch * outHeight * Math.ceil(outWidth / 4) * pairs;
  y.device.dispatch(kernels.conv2d, {
    label,
    bind: { x, weight, y, ...bind },
    overrides,
    params: { ...sizes, count, ...params },
    defines,
    threads: count,
  });
}

/** Computes the gradient of x. */
export function windowGradInput(
  label: string,
  plan: WindowPlan,
  dy: Tensor,
  weight: Tensor,
  dx: Tensor,
): void {
  const { batch, height, width, channels } = plan.geometry;
  const { sizes, defines } = windowParameters(plan);
  const count = batch * height * width * plan.groups * Math.ceil(channels / plan.groups / 4);
  dx.device.dispatch(kernels.conv2dGradInput, {
    label,
    bind: { dy, weight, dx },
    params: { ...sizes, count },
    defines: defines.Vec ? { ...defines, WIDTH: 1 } : {},
    threads: count,
  });
}

/** Computes the gradient of the weight. */
export function windowGradWeight(label: string, plan: WindowPlan, x: Tensor, dy: Tensor, dw: Tensor): void {
  const { batch, channels, kernel, outHeight } = plan.geometry;
  const { sizes, defines, pairs } = windowParameters(plan);
  const threads = Math.ceil((kernel[0] * kernel[1] * channels) / plan.groups / 4) * pairs;
  const rows = batch * outHeight;
  const run = (chunkRows: number) => {
    const chunks = Math.ceil(rows / chunkRows);
    const partial =
      chunks === 1 ? dw : empty(dw.device, [chunks, ...dw.shape], 'f32', `${label}: partial sums`);
    const count = chunks * threads;
    dw.device.dispatch(kernels.conv2dGradWeightPartial, {
      label,
      bind: { x, dy, partial },
      params: { ...sizes, rows, chunkRows, count },
      defines,
      threads: count,
    });
    if (partial !== dw) sumPartials(label, partial, dw, chunks);
  };
  choose(
    dw,
    'conv2dGradWeight',
    [rows, plan.geometry.outWidth, ...kernel, channels, dw.shape.at(-1) as number],
    () => run(splitRows(dw.device, rows, threads, 1).chunkRows),
    () => chunkVariants('chunks', rows, run),
  );
}
