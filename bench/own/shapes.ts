import { BatchNorm2d, Conv2d, CostSheet, DepthwiseConv2d, FerMobileNetV3 } from 'feathergrad';

/** The shape of a layer at one batch size and input side, as the kernels see it. */
export interface LayerShape {
  kind: 'pointwise' | 'depthwise' | 'batchNorm';
  batch: number;
  height: number;
  width: number;
  inputs: number;
  outputs: number;
  /** 1, 3 or 5 */
  kernel: number;
  stride: number;
  outHeight: number;
  outWidth: number;
  activation: BatchNorm2d['activation'];
  /** number of layers with this shape */
  times: number;
}

/**
 * Returns all shapes of pointwise convolutions, depthwise convolutions and batch norms in the paper's network, in order
 * of first use. Those of attention are included as pointwise convolutions with few rows.
 */
export function layerShapes(batch: number, side: number): LayerShape[] {
  const sheet = new CostSheet();
  new FerMobileNetV3().outputShape([batch, side, side, 3], sheet);
  const found = new Map<string, LayerShape>();
  let before: readonly number[] = [batch, side, side, 3];
  for (const { module, output } of sheet.rows) {
    const shape = shapeOf(module, before, output);
    before = output;
    if (!shape) continue;
    const known = found.get(nameOf(shape));
    if (known) known.times++;
    else found.set(nameOf(shape), shape);
  }
  return [...found.values()];
}

function shapeOf(module: unknown, input: readonly number[], output: readonly number[]): LayerShape | null {
  const [batch = 0, outHeight = 0, outWidth = 0, outputs = 0] = output;
  const common = { batch, outputs, outHeight, outWidth, times: 1, activation: 'none' } as const;
  const still = { height: outHeight, width: outWidth, stride: 1, kernel: 1 };
  if (module instanceof BatchNorm2d) {
    return { ...common, ...still, kind: 'batchNorm', inputs: outputs, activation: module.activation };
  }
  if (module instanceof Conv2d && module.kernelSize[0] === 1) {
    return { ...common, ...still, kind: 'pointwise', inputs: module.weight.shape[2] as number };
  }
  if (module instanceof DepthwiseConv2d) {
    const [, height = 0, width = 0] = input;
    const [stride] = module.stride;
    return {
      ...common,
      kind: 'depthwise',
      inputs: outputs,
      height,
      width,
      stride,
      kernel: module.kernelSize[0],
    };
  }
  return null;
}

/** Formats a shape; the text is also the key for finding equal shapes. */
export function nameOf(shape: LayerShape): string {
  const { kind, batch, height, width, inputs, outputs, kernel, stride, activation } = shape;
  const input = `${batch}x${height}x${width}`;
  if (kind === 'batchNorm') return `batch norm ${input}x${outputs} ${activation}`;
  if (kind === 'pointwise') return `pointwise ${input} ${inputs}->${outputs}`;
  return `depthwise ${input}x${outputs} k${kernel} s${stride}`;
}
