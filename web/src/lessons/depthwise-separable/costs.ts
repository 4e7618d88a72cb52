/** The three convolutions that the lesson compares, and the pair that replaces the first. */
export const KINDS = ['dense', 'depthwise', 'pointwise'] as const;
export type Kind = (typeof KINDS)[number];
export type Row = Kind | 'separable';

/** A layer that keeps the map's size: stride 1, with equal numbers of input and output channels. */
export interface Size {
  /** side of the kernel in pixels */
  kernel: number;
  channels: number;
  /** side of the map in pixels */
  side: number;
}

export interface Cost {
  parameters: number;
  /** multiply-accumulates */
  macs: number;
  /** bytes of input, weights and output, each once, in f32 */
  bytes: number;
}

/** Cost of a layer per image, without a bias. */
export function costOf(row: Row, size: Size): Cost {
  if (row === 'separable') {
    const [a, b] = [costOf('depthwise', size), costOf('pointwise', size)];
    return { parameters: a.parameters + b.parameters, macs: a.macs + b.macs, bytes: a.bytes + b.bytes };
  }
  const { kernel, channels, side } = size;
  const taps = row === 'pointwise' ? 1 : kernel ** 2;
  const parameters = taps * channels * (row === 'depthwise' ? 1 : channels);
  const pixels = side ** 2;
  return { parameters, macs: pixels * parameters, bytes: 4 * (2 * pixels * channels + parameters) };
}
