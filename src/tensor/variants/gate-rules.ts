// What a GPU runs instead of the default gradients of attention's gates, of which few threads do everything: a result of many
// values is computed by a workgroup. Like gpu-rules.ts, this file must not import code that a page loads anyway.
import type { Device } from '../../gpu/device.ts';
import type { Dispatch, DispatchSpec } from '../../gpu/dispatch.ts';
import type { VARIANT_TEXTS } from '../../kernels/variants.ts';
import { ENOUGH_THREADS } from './product-divisions.ts';

type Numbers = Readonly<Record<string, number>>;
type Text = keyof typeof VARIANT_TEXTS;

/** Workgroups that occupy a small GPU. */
const ENOUGH_WORKGROUPS = 16;
/** Pixels of which a workgroup instead of a thread computes the gradient of a gate. */
const MANY_PIXELS = 16;
const WORKGROUP = 64;

/** The dispatch of a kernel in workgroups, or with one workgroup per row; undefined beyond the device's limits. */
export interface Groups {
  inWorkgroups(
    name: Text,
    spec: DispatchSpec,
    workgroups: readonly [number, number, number],
    device: Device,
  ): Dispatch | undefined;
  inRows(name: Text, spec: DispatchSpec, rows: number, device: Device): Dispatch | undefined;
}

/** Returns the rules for the gradients of gates, by kernel. */
export function gateRules({ inWorkgroups, inRows }: Groups) {
  return {
    coordinate_gates_grad_input(spec: DispatchSpec, device: Device) {
      const { height = 0, width = 0, middle = 0, channels4 = 0, ...rest } = spec.params as Numbers;
      const { rows = 0, columns = 0, count: threads = 0 } = rest;
      if (threads >= ENOUGH_THREADS) return undefined;
      const count = (rows + columns) * Math.ceil(middle / 4);
      const params = { height, width, middle, channels4, count };
      return inRows('coordinate_gates_grad_input_group', { ...spec, params }, count, device);
    },

    coordinate_gates_grad_weight(
      spec: DispatchSpec,
      _device: Device,
      kernel: Dispatch['kernel'],
    ): Dispatch | undefined {
      const { middle = 0, channels4 = 0 } = spec.params as Numbers;
      const threadsOf = (taps: number) => 2 * (Math.floor(middle / taps) + 1) * channels4;
      const isEnough = (threads: number) => threads > (ENOUGH_WORKGROUPS - 1) * WORKGROUP;
      const TAPS = [8, 4, 2].find((taps) => isEnough(threadsOf(taps))) ?? 1;
      const threads = threadsOf(TAPS);
      const params = { ...spec.params, count: threads };
      const workgroup = isEnough(threads) ? WORKGROUP : WORKGROUP / 2;
      return { kernel, spec: { ...spec, params, defines: { ...spec.defines, TAPS }, threads, workgroup } };
    },

    channel_gate_grad(spec: DispatchSpec, device: Device) {
      const { pixels = 0, channels4 = 1, count = 0 } = spec.params as Numbers;
      if (count >= ENOUGH_THREADS || pixels < MANY_PIXELS) return undefined;
      const workgroups = [Math.ceil(channels4 / 4), count / channels4, 1] as const;
      const params = { pixels, channels4 };
      return inWorkgroups('channel_gate_grad_group', { ...spec, params }, workgroups, device);
    },
  };
}
