import type { DispatchSpec } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { imageForm, pixelRuns } from './image-form.ts';

/**
 * Multiplies images [N, H, W, C] by the gates of `attentionGates`: by those of its image, [N, 1, 1, C], or by those of
 * its row and its column, [N, H + W, 1, C]. For inference: it is not taped.
 */
export function applyGates(x: Tensor, gates: Tensor): Tensor {
  const { n, height, width, channels4, defines } = imageForm('applyGates', x);
  const y = empty(x.device, x.shape, x.dtype, 'applyGates');
  const record = (kernel: Kernel, spec: Pick<DispatchSpec, 'bind' | 'params' | 'overrides'>, count: number) =>
    x.device.dispatch(kernel, { label: 'applyGates', defines, threads: count, ...spec });
  if (gates.shape[1] === 1) {
    const pixels = height * width;
    const runs = pixelRuns(pixels, n * channels4);
    const params = { pixels, channels4, ...runs };
    record(
      kernels.channelGate,
      { bind: { x, gate: gates, y }, params, overrides: { ACTIVATION: 0 } },
      runs.count,
    );
  } else {
    const runs = pixelRuns(width, n * height * channels4);
    const params = { height, width, channels4, ...runs };
    record(kernels.coordinateGate, { bind: { x, gates, y }, params }, runs.count);
  }
  return y;
}
