import { checkCounts, finite, type Rule } from '../gpu/check-options.ts';
import { fillWith } from '../tensor/accumulate.ts';
import { fillRandom } from '../tensor/create.ts';
import { fnv1a } from '../tensor/host-random.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Distribution of a parameter's initial values. */
export type Init =
  | { kind: 'constant'; value: number }
  | { kind: 'normal'; std: number }
  | { kind: 'uniform'; bound: number };

/** Checks that a value is an `Init`, such as ZEROS or the result of `kaimingFanOut`. */
export const initRule: Rule = (value) => {
  const { kind, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const name = { constant: 'value', normal: 'std', uniform: 'bound' }[String(kind)];
  return name !== undefined && !finite(rest[name])
    ? undefined
    : 'an Init such as ZEROS, ONES or kaimingFanOut(...)';
};

/** Every element 0, the initial value of biases. */
export const ZEROS: Init = { kind: 'constant', value: 0 };
/** Every element 1, the initial value of batch norm's scale. */
export const ONES: Init = { kind: 'constant', value: 1 };

/**
 * Returns the normal distribution with variance 2 / fan-out, where fan-out = kernel area * output channels
 * (He et al., "Delving deep into rectifiers", ICCV 2015).
 */
export function kaimingFanOut(kernelArea: number, outputs: number): Init {
  checkCounts('kaimingFanOut', { kernelArea, outputs });
  return { kind: 'normal', std: Math.sqrt(2 / (kernelArea * outputs)) };
}

/** Returns the uniform distribution within +-1 / sqrt(fan-in), PyTorch's default for linear layers. */
export function uniformFanIn(inputs: number): Init {
  checkCounts('uniformFanIn', { inputs });
  return { kind: 'uniform', bound: 1 / Math.sqrt(inputs) };
}

/**
 * Fills a parameter, whose memory is zero, on the GPU. The random stream is a hash of its name, so adding a layer does not
 * change the others.
 */
export function initialize(target: Tensor, init: Init, seed: number, name: string): void {
  if (init.kind === 'constant') {
    if (!Object.is(init.value, 0)) fillWith(target, init.value);
  } else if (init.kind === 'normal') fillRandom(target, { seed, stream: hash(name) }, 1, 0, init.std);
  else fillRandom(target, { seed, stream: hash(name) }, 0, -init.bound, init.bound);
}

/** Returns the 32-bit FNV-1a hash of a string. */
export function hash(text: string): number {
  return fnv1a(Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));
}
