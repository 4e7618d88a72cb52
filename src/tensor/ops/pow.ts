import * as kernels from '../../kernels/index.ts';
import { DTypeError } from '../errors.ts';
import { INFINITY_BITS, NAN_BITS } from '../host-values.ts';
import { scope } from '../scope.ts';
import { broadcastShapes } from '../shape.ts';
import { differentiable } from '../tape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { mul, type Operand, operands } from './binary.ts';
import { spread, sumTo } from './broadcast.ts';
import { elementwiseCost, type OpInfo } from './op-info.ts';

function power(label: string, base: Tensor, exponent: Tensor, SLOPE: 0 | 1 | 2): Tensor {
  const shape = broadcastShapes('pow', base.shape, exponent.shape);
  const y = empty(base.device, shape, 'f32', label);
  const [x, p] = [spread(base, shape), spread(exponent, shape)];
  base.device.dispatch(kernels.pow, {
    label,
    bind: { x: x.tensor, p: p.tensor, y },
    params: { count: y.size, xStep: x.step, pStep: p.step, nan: NAN_BITS, infinity: INFINITY_BITS },
    overrides: { SLOPE },
    threads: y.size,
  });
  return y;
}

/**
 * Returns base^exponent, broadcasting. Integer exponents are exact for both signs of the base; a fractional power of a
 * negative base is NaN. Special values follow C99: x^0 and 1^p are 1 even for NaN, (-0)^-1 is -Infinity. The gradient
 * with respect to the exponent is x^p ln x; it is 0 if the base is 0 and the exponent is not negative, and NaN if the
 * base is negative.
 */
export function pow(base: Operand, exponent: Operand): Tensor {
  return scope(() => tapedPower(base, exponent));
}

function tapedPower(base: Operand, exponent: Operand): Tensor {
  const [a, b] = operands('pow', base, exponent);
  if (a.dtype !== 'f32')
    throw new DTypeError(`pow: got tensors of type ${a.dtype}, expected f32. Use cast(x, 'f32') first.`);
  return differentiable('pow', power('pow', a, b, 0), [a, b], (save) => {
    const [x, p] = [save(a), save(b)];
    return (dy, slots) => [
      slots.wants(0) ? sumTo(mul(dy, power('pow gradient', x, p, 1)), x.shape) : null,
      slots.wants(1) ? sumTo(mul(dy, power('pow gradient', x, p, 2)), p.shape) : null,
    ];
  });
}

export const powInfo: OpInfo = {
  name: 'pow',
  doc: 'raises a tensor or a number to the power of another, broadcasting',
  gradient: 'da = dy b a^(b-1), db = dy a^b log(a)',
  cost: elementwiseCost,
};
