import * as kernels from '../../kernels/index.ts';
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { inVec4 } from '../vec4.ts';
import { eightAxes } from './strided.ts';

/** In the order of the kernel's OPERATION override. */
const OPERATIONS = ['add', 'sub', 'mul', 'div', 'minimum', 'maximum'] as const;
export type BinaryOperation = (typeof OPERATIONS)[number];

/** Computes a (operation) b without taping, broadcasting; the operands have the same type. */
export function combine(name: BinaryOperation, a: Tensor, b: Tensor, label: string = name): Tensor {
  const shape = broadcastShapes(name, a.shape, b.shape);
  const y = empty(a.device, shape, a.dtype, label);
  const isFlat = sameShape(a.shape, b.shape);
  // the kernel does not read the strides of flat operands; constant values let all such calls share a uniform
  const axes = isFlat ? [] : shape;
  const [shapeOuter, shapeInner] = eightAxes(name, axes, isFlat ? 0 : 1);
  const [aStridesOuter, aStridesInner] = eightAxes(name, isFlat ? [] : broadcastStrides(a.shape, shape), 0);
  const [bStridesOuter, bStridesInner] = eightAxes(name, isFlat ? [] : broadcastStrides(b.shape, shape), 0);
  const { count4, isVec4 } = inVec4(y.size);
  const isWide = isFlat && a.dtype === 'f32' && isVec4;
  const count = isWide ? count4 : y.size;
  a.device.dispatch(kernels.binary, {
    label,
    bind: { a, b, y },
    params: { shapeOuter, shapeInner, aStridesOuter, aStridesInner, bStridesOuter, bStridesInner, count },
    overrides: {
      OPERATION: OPERATIONS.indexOf(name),
      BROADCAST: isFlat ? 0 : 1,
      WHOLE: a.dtype === 'f32' ? 0 : 1,
    },
    defines: isWide ? {} : { Element: a.dtype, Bits: 'u32', Flags: 'bool' },
    threads: count,
  });
  return y;
}
