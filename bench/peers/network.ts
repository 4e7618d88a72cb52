import type { Weights } from './weights.ts';

// A second definition of the paper's network, as data over a few operations that every library has, so that all
// libraries compute same network, independently of feathergrad's definition.

/** Depthwise stride and attention of each block; widths and kernel sizes are read from the weights. */
const BLOCKS: readonly { stride: 1 | 2; attention: 'none' | 'se' | 'cpsca' | 'ca' }[] = [
  { stride: 1, attention: 'none' },
  { stride: 2, attention: 'none' },
  { stride: 1, attention: 'none' },
  { stride: 2, attention: 'se' },
  { stride: 1, attention: 'se' },
  { stride: 1, attention: 'se' },
  { stride: 2, attention: 'none' },
  { stride: 1, attention: 'none' },
  { stride: 1, attention: 'cpsca' },
  { stride: 1, attention: 'cpsca' },
  { stride: 1, attention: 'ca' },
  { stride: 1, attention: 'ca' },
  { stride: 2, attention: 'ca' },
  { stride: 1, attention: 'ca' },
  { stride: 1, attention: 'ca' },
];

export type Activation = 'none' | 'relu' | 'hardSwish' | 'sigmoid' | 'hardSigmoid';

/** A convolution with its batch norm. */
export interface Unit {
  /** name of the convolution; its parameters are `${conv}.weight` and optionally `${conv}.bias` */
  conv: string;
  /** name of the batch norm */
  norm: string;
  eps: number;
  momentum: number;
  stride: 1 | 2;
  isDepthwise: boolean;
  activation: Activation;
  /** multiplier of the bias, since complementary pooling applies one convolution instead of two */
  biasTimes: 1 | 2;
}

/**
 * A library's operations on its own tensors. Operations consume their tensors; `again` adds a reference (jax-js counts
 * references, the others do not).
 */
export interface Operations<T> {
  again(x: T): T;
  /** convolution (padding k // 2), batch norm, activation */
  unit(x: T, unit: Unit): T;
  /** 1 x 1 convolution with bias, activation */
  pointwise(x: T, name: string, activation: Activation): T;
  /** linear layer with bias on [N, C] */
  linear(x: T, name: string): T;
  activate(x: T, activation: Activation): T;
  add(x: T, y: T): T;
  /** with broadcasting */
  multiply(x: T, y: T): T;
  /** mean or maximum over an image axis, which becomes length 1 */
  pool(x: T, how: 'mean' | 'max', axis: 'height' | 'width'): T;
  /** mean over both image axes: [N, C], or the same with two additional axes of length 1 */
  globalPool(x: T, keepAxes: boolean): T;
  /** swaps the two image axes, one of which has length 1 */
  turn(x: T): T;
  /** concatenates along the height */
  join(x: T, y: T): T;
  /** splits into two halves along the height: the two strips of a square image */
  halves(x: T): [T, T];
}

/** Logits of images. */
export function forward<T>(operations: Operations<T>, weights: Weights, images: T): T {
  const unit = { eps: 1e-3, momentum: 0.01, stride: 1, isDepthwise: false, biasTimes: 1 } as const;
  const convNorm = (x: T, name: string, more: Partial<Unit>) =>
    operations.unit(x, { ...unit, conv: `${name}.0`, norm: `${name}.1`, activation: 'hardSwish', ...more });
  let x = convNorm(images, 'features.0', { stride: 2 });
  BLOCKS.forEach(({ stride, attention }, i) => {
    const name = `features.${i + 1}.block`;
    // a block has an expansion unless its first convolution is the depthwise one, whose filters have one input channel
    const expands = weights.get(`${name}.0.0.weight`)?.shape[1] !== 1;
    let part = 0;
    const width = widthOf(weights, `features.${i}`);
    const hasResidual = stride === 1 && width === widthOf(weights, `features.${i + 1}`);
    const shortcut = hasResidual ? operations.again(x) : undefined;
    if (expands) x = convNorm(x, `${name}.${part++}`, {});
    x = convNorm(x, `${name}.${part++}`, { stride, isDepthwise: true });
    if (attention === 'se') x = squeezeExcitation(operations, x, `${name}.${part++}`);
    else if (attention !== 'none') x = coordinateAttention(operations, x, `${name}.${part++}`, attention);
    x = convNorm(x, `${name}.${part}`, { activation: 'none' });
    if (shortcut !== undefined) x = operations.add(x, shortcut);
  });
  x = convNorm(x, `features.${BLOCKS.length + 1}`, {});
  const embedding = operations.linear(operations.globalPool(x, false), 'classifier_1.0');
  return operations.linear(operations.activate(embedding, 'hardSwish'), 'classifier_2.2');
}

/** Returns the output channels of `features.i`, those of its last convolution. */
function widthOf(weights: Weights, name: string): number {
  const last = [...weights]
    .filter(
      ([key, { shape }]) => key.startsWith(`${name}.`) && key.endsWith('.0.weight') && shape.length === 4,
    )
    .at(-1);
  return last?.[1].shape[0] ?? 0;
}

function squeezeExcitation<T>(operations: Operations<T>, x: T, name: string): T {
  const mean = operations.globalPool(operations.again(x), true);
  const squeezed = operations.pointwise(mean, `${name}.fc1`, 'relu');
  return operations.multiply(x, operations.pointwise(squeezed, `${name}.fc2`, 'hardSigmoid'));
}

/** Applies coordinate attention; with complementary pooling the two convolutions run as one, as in feathergrad. */
function coordinateAttention<T>(operations: Operations<T>, x: T, name: string, kind: 'ca' | 'cpsca'): T {
  const pool = (how: 'mean' | 'max', axis: 'height' | 'width') =>
    operations.pool(operations.again(x), how, axis);
  const both = (axis: 'height' | 'width') =>
    kind === 'ca' ? pool('mean', axis) : operations.add(pool('mean', axis), pool('max', axis));
  const strips = operations.join(both('width'), operations.turn(both('height')));
  const middle = operations.unit(strips, {
    conv: `${name}.conv1`,
    norm: `${name}.bn1`,
    eps: 1e-5,
    momentum: 0.1,
    stride: 1,
    isDepthwise: false,
    activation: 'hardSwish',
    biasTimes: kind === 'ca' ? 1 : 2,
  });
  const [rows, columns] = operations.halves(middle);
  const [first, second] = kind === 'ca' ? ['conv2', 'conv3'] : ['conv_h', 'conv_w'];
  const byRow = operations.pointwise(rows, `${name}.${first}`, 'sigmoid');
  const byColumn = operations.turn(operations.pointwise(columns, `${name}.${second}`, 'sigmoid'));
  return operations.multiply(operations.multiply(x, byRow), byColumn);
}
