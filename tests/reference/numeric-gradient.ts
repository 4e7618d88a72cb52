import { copy, type NdArray, zeros } from './array.ts';

/**
 * Central differences (f(x + step) - f(x - step)) / (2 step), element by element. The error is of order
 * step^2 |f'''| + 1e-16 |f| / step, some 1e-10 at the default step; a kink closer than `step` spoils an element.
 */
export function numericGradient(f: (x: NdArray) => number, x: NdArray, step = 1e-5): NdArray {
  const probe = copy(x);
  const gradient = zeros(x.shape);
  for (let i = 0; i < x.data.length; i++) {
    const value = x.data[i]!;
    probe.data[i] = value + step;
    const above = f(probe);
    probe.data[i] = value - step;
    const below = f(probe);
    probe.data[i] = value;
    gradient.data[i] = (above - below) / (2 * step);
  }
  return gradient;
}

/** Derivative of f at x along `direction`: equals the dot product of gradient and direction. */
export function directionalDerivative(
  f: (x: NdArray) => number,
  x: NdArray,
  direction: NdArray,
  step = 1e-5,
): number {
  const shifted = (sign: number): NdArray => ({
    shape: [...x.shape],
    data: x.data.map((value, i) => value + sign * step * direction.data[i]!),
  });
  return (f(shifted(1)) - f(shifted(-1))) / (2 * step);
}
