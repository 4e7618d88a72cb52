import { checkValue, oneOf } from '../../gpu/check-options.ts';
import type { DispatchSpec } from '../../gpu/dispatch.ts';
import * as kernels from '../../kernels/index.ts';
import { expectShape } from '../expect.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { ACTIVATIONS, type Activation } from './batch-norm.ts';
import { imageForm, pixelRuns } from './image-form.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

/** Returns x * activation(gate) for x [N, H, W, C] and gate [N, 1, 1, C]: the scaling of squeeze-and-excitation. */
export function channelGate(x: Tensor, gate: Tensor, activation: 'hardSigmoid' | 'sigmoid'): Tensor {
  const { n, height, width, channels, channels4, defines } = imageForm('channelGate', x);
  checkValue('channelGate', 'activation', activation, (v) => oneOf(v, ['hardSigmoid', 'sigmoid']));
  expectShape('channelGate', 'gate', gate, [n, 1, 1, channels]);
  const pixels = height * width;
  const y = scaleChannels('channelGate', x, gate, activation);
  return differentiable('channelGate', y, [x, gate], (save) => {
    const [savedX, savedGate] = [save(x), save(gate)];
    const spec = {
      label: 'channelGate gradient',
      params: { pixels, channels4, count: n * channels4 },
      overrides: { HARD: activation === 'hardSigmoid' ? 1 : 0 },
      defines,
      threads: n * channels4,
    };
    return (dy, slots, gradients) => {
      const [dx, dgate] = [slots.output(0), slots.output(1)];
      gradients.channelGate(spec, { x: savedX, dy, gate: savedGate, dgate, dx });
      return [dx, dgate];
    };
  });
}

/** Returns x * activation(gate); it is not taped. */
export function scaleChannels(label: string, x: Tensor, gate: Tensor, activation: Activation): Tensor {
  const y = empty(x.device, x.shape, x.dtype, label);
  const { n, height, width, channels4, defines } = imageForm(label, x);
  const pixels = height * width;
  const runs = pixelRuns(pixels, n * channels4);
  x.device.dispatch(kernels.channelGate, {
    label,
    bind: { x, gate, y },
    params: { pixels, channels4, ...runs },
    overrides: { ACTIVATION: ACTIVATIONS.indexOf(activation) },
    defines,
    threads: runs.count,
  });
  return y;
}

/** Computes the gradients of x and the gate; called through `ops/gradients.ts`. */
export function channelGateGradient(
  spec: Omit<DispatchSpec, 'bind'>,
  bind: Record<'x' | 'dy' | 'gate' | 'dgate' | 'dx', Tensor>,
): void {
  bind.dy.device.dispatch(kernels.channelGateGrad, { ...spec, bind });
}

export const channelGateInfo: OpInfo = {
  name: 'channelGate',
  doc: 'scales channels by (hard-)sigmoid gates',
  gradient: "dx = dy gate(g), dg = sum over the pixels of dy x gate'(g)",
  cost: elementwiseCost,
};
