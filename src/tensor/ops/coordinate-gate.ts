import * as kernels from '../../kernels/index.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectShape, imageForm, pixelRuns } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/**
 * x * sigmoid(rows) * sigmoid(columns) for x [N, H, W, C], rows [N, H, 1, C], columns [N, 1, W, C]:
 * how coordinate attention applies its gates (Hou et al., CVPR 2021, eq. 9).
 */
export function coordinateGate(x: Tensor, rows: Tensor, columns: Tensor): Tensor {
  const { n, height, width, channels, lanes, substitute } = imageForm('coordinateGate', x);
  expectShape('coordinateGate', 'rows', rows, [n, height, 1, channels]);
  expectShape('coordinateGate', 'columns', columns, [n, 1, width, channels]);
  const form = { height, width, lanes };
  const runs = pixelRuns(width, n * height * lanes);
  const scale = (label: string, from: Tensor, gates: { rows: Tensor; columns: Tensor }, y: Tensor): void =>
    from.device.dispatch(kernels.coordinateGate, {
      label,
      bind: { x: from, ...gates, y },
      params: { ...form, ...runs },
      substitute,
      threads: runs.count,
    });
  const y = empty(x.device, x.shape, 'f32', 'coordinateGate');
  scale('coordinateGate', x, { rows, columns }, y);
  return differentiable('coordinateGate', y, [x, rows, columns], (save) => {
    const savedX = save(x);
    const gates = { rows: save(rows), columns: save(columns) };
    const strips = n * (height + width) * lanes;
    return (dy, slots) => {
      const dx = slots.output(0);
      scale('coordinateGate gradient by x', dy, gates, dx);
      const [drows, dcolumns] = [slots.output(1), slots.output(2)];
      dy.device.dispatch(kernels.coordinateGateGrad, {
        label: 'coordinateGate gradient by gates',
        bind: { x: savedX, dy, ...gates, drows, dcolumns },
        params: { ...form, count: strips },
        substitute,
        threads: strips,
      });
      return [dx, drows, dcolumns];
    };
  });
}

export const coordinateGateInfo: OpInfo = {
  name: 'coordinateGate',
  doc: 'scales pixels by sigmoid gates of their row and column',
  differentiable: true,
  cost: elementwiseCost,
};
