import type { Device } from '../../gpu/device.ts';

/** Kernels of which operations list variants; see `ops/choose.ts`. */
const CHOSEN = new Set(['matmul', 'matmul_vec4', 'matmul_tn_partial_vec4', 'depthwise']);

/**
 * Records a variant as it is: on a GPU the rules (`gpu-rules.ts`) replace the kernels of the default, but not those of a
 * variant that was chosen by name.
 */
export function recordVariant(device: Device, variant: () => void): void {
  const { rules } = device;
  device.rules = rules && {
    ...rules,
    replace: (kernel, spec, on) => (CHOSEN.has(kernel.name) ? undefined : rules.replace(kernel, spec, on)),
  };
  try {
    variant();
  } finally {
    device.rules = rules;
  }
}
