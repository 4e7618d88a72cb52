import { checkOptions, tensorRule } from '../../gpu/check-options.ts';
import * as kernels from '../../kernels/index.ts';
import { ShapeError } from '../errors.ts';
import { expectReal, expectShape } from '../expect.ts';
import { show } from '../shape.ts';
import { differentiable, type GradientSlots } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { imageForm, pixelRuns } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** The weights of a 1 x 1 convolution from the strips to the gates. */
export interface GateWeights {
  /** [M, C], or [1, 1, M, C] as in Conv2d */
  weight: Tensor;
  /** [C] */
  bias: Tensor;
}

const GATE = { weight: tensorRule, bias: tensorRule };

/** Strips per thread, as in the kernels. */
const STRIPS = 4;

/**
 * Computes and applies the gates of coordinate attention (Hou et al., CVPR 2021, eq. 6, 7 and 9): x * sigmoid(strips Wr
 * + br) * sigmoid(strips Wc + bc). x is [N, H, W, C]. strips, [N, H + W, 1, M], holds the rows of each image, whose
 * gates use the weights `rows`, and then its columns, whose gates use `columns`.
 * @throws Error when a shape does not fit
 */
export function coordinateGate(x: Tensor, strips: Tensor, rows: GateWeights, columns: GateWeights): Tensor {
  const { n, height, width, channels, channels4, defines } = imageForm('coordinateGate', x);
  expectReal('coordinateGate', 'strips', strips);
  const middle = strips.shape.at(-1) as number;
  expectShape('coordinateGate', 'strips', strips, [n, height + width, 1, middle]);
  for (const [name, gate] of Object.entries({ rows, columns })) {
    checkOptions(`coordinateGate: ${name}`, gate, GATE, ['weight', 'bias']);
    const { weight, bias } = gate;
    expectReal('coordinateGate', `the weight of ${name}`, weight);
    if (weight.size !== middle * channels || weight.shape.at(-1) !== channels) {
      throw new ShapeError(
        `coordinateGate: the weight of ${name} has shape ${show(weight.shape)}, expected [${middle}, ${channels}]`,
      );
    }
    expectShape('coordinateGate', `the bias of ${name}`, bias, [channels]);
  }
  const { device } = x;
  const sizes = { height, width, channels4 };
  const counts = { rows: n * height, columns: n * width };
  const rowTiles = Math.ceil(counts.rows / STRIPS);
  const tiles = rowTiles + Math.ceil(counts.columns / STRIPS);
  const gates = empty(device, [n, height + width, channels], 'f32', 'coordinateGate gates');
  device.dispatch(kernels.coordinateGates, {
    label: 'coordinateGate gates',
    bind: {
      strips,
      rowWeight: rows.weight,
      rowBias: rows.bias,
      columnWeight: columns.weight,
      columnBias: columns.bias,
      gates,
    },
    params: { ...sizes, middle, rowTiles, ...counts, count: tiles * channels4 },
    defines,
    threads: tiles * channels4,
  });
  const y = scaleStrips('coordinateGate', x, gates);
  const inputs = [x, strips, rows.weight, rows.bias, columns.weight, columns.bias];
  const taped = differentiable('coordinateGate', y, inputs, (save) => {
    const saved = { x: save(x), strips: save(strips), gates: save(gates) };
    const weights = { rowWeight: save(rows.weight), columnWeight: save(columns.weight) };
    const layout = { ...sizes, middle, rowTiles, ...counts, tiles, channels };
    return (dy, slots, gradients) =>
      gradients.coordinateGate(dy, slots, { ...saved, ...weights }, layout, defines);
  });
  // saved tensors stay allocated
  gates.dispose();
  return taped;
}

/** Returns x times the gates of its row and its column, [N, H + W, C]; it is not taped. */
export function scaleStrips(label: string, x: Tensor, gates: Tensor): Tensor {
  const y = empty(x.device, x.shape, x.dtype, label);
  const { n, height, width, channels4, defines } = imageForm(label, x);
  const runs = pixelRuns(width, n * height * channels4);
  x.device.dispatch(kernels.coordinateGate, {
    label,
    bind: { x, gates, y },
    params: { height, width, channels4, ...runs },
    defines,
    threads: runs.count,
  });
  return y;
}

/** Computes the gradients of all inputs; called through `ops/gradients.ts`. */
export function coordinateGateGradients(
  dy: Tensor,
  slots: GradientSlots,
  saved: Record<'x' | 'strips' | 'gates' | 'rowWeight' | 'columnWeight', Tensor>,
  layout: Record<
    'height' | 'width' | 'channels4' | 'middle' | 'rowTiles' | 'rows' | 'columns' | 'tiles' | 'channels',
    number
  >,
  defines: Readonly<Record<string, string>>,
): Tensor[] {
  const { device } = dy;
  const { x, strips, gates, rowWeight, columnWeight } = saved;
  const { height, width, channels4, middle, rowTiles, rows, columns, tiles, channels } = layout;
  const sizes = { height, width, channels4 };
  const [dx, dstrips, dRowWeight, dRowBias, dColumnWeight, dColumnBias] = [0, 1, 2, 3, 4, 5].map((i) =>
    slots.output(i),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const dsums = empty(device, gates.shape, 'f32', 'coordinateGate gradient');
  const count = dsums.size / (channels / channels4);
  device.dispatch(kernels.coordinateGateGrad, {
    label: 'coordinateGate input and gate gradients',
    bind: { x, dy, gates, dsums, dx },
    params: { ...sizes, count },
    defines,
    threads: count,
  });
  const inputCount = tiles * Math.ceil(middle / 4);
  device.dispatch(kernels.coordinateGatesGradInput, {
    label: 'coordinateGate strip gradient',
    bind: { dsums, rowWeight, columnWeight, dstrips },
    params: { ...sizes, middle, rowTiles, rows, columns, count: inputCount },
    defines: { ...defines, WIDTH: channels / channels4 },
    threads: inputCount,
  });
  const weightCount = 2 * (Math.floor(middle / 8) + 1) * channels4;
  device.dispatch(kernels.coordinateGatesGradWeight, {
    label: 'coordinateGate weight gradient',
    bind: { strips, dsums, dRowWeight, dRowBias, dColumnWeight, dColumnBias },
    params: { ...sizes, middle, rows, columns, count: weightCount },
    defines,
    threads: weightCount,
  });
  return [dx, dstrips, dRowWeight, dRowBias, dColumnWeight, dColumnBias];
}

export const coordinateGateInfo: OpInfo = {
  name: 'coordinateGate',
  doc: 'scales each pixel by the sigmoid gates of its row and its column, which are computed from strips',
  gradient:
    "dx = dy s(h) s(w), dh = sum over the row of dy x s(w) s'(h), dw = sum over the column of dy x s(h) s'(w)",
  cost: elementwiseCost,
};
