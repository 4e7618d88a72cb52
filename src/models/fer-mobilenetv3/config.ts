import { EXPRESSION_NAMES } from '../../data/expressions.ts';
import type { Attention } from '../../layers/inverted-residual.ts';

/** Expression classes in the paper's order; RAF-DB has the first seven. */
export const FER_CLASSES = EXPRESSION_NAMES;

/** The images that a network was trained on: color, or gray in all three channels. */
export type ImageColor = 'rgb' | 'gray';

export interface BlockConfig {
  kernelSize: number;
  expanded: number;
  output: number;
  stride: number;
  activation: 'relu' | 'hardSwish';
  attention: Attention;
}

export interface NetworkConfig {
  stem: number;
  blocks: readonly BlockConfig[];
  /** channels of the last convolution */
  tail: number;
  /** width of the embedding between the two linear layers */
  embedding: number;
  /** naming of the classifier: in two parts as in the reference code, or in one as in torchvision */
  heads: 'reference' | 'torchvision';
}

/** The networks compared in the paper; `paper` is the proposed one. */
export const VARIANTS = [
  'paper',
  'large',
  'reduced',
  'reduced-se',
  'reduced-ca',
  'reduced-maxca',
  'reduced-cpsca',
] as const;
/** A name of `VARIANTS`. */
export type Variant = (typeof VARIANTS)[number];

/**
 * Table of the blocks: kernel, expanded and output channels, stride; then activation and attention in MobileNetV3-Large,
 * and attention in the paper's network. Blocks 13 to 15 have 160 and 960 channels in the former.
 */
const ROWS: readonly [number, number, number, number, BlockConfig['activation'], Attention, Attention][] = [
  [3, 16, 16, 1, 'relu', 'none', 'none'],
  [3, 64, 24, 2, 'relu', 'none', 'none'],
  [3, 72, 24, 1, 'relu', 'none', 'none'],
  [5, 72, 40, 2, 'relu', 'se', 'se'],
  [5, 120, 40, 1, 'relu', 'se', 'se'],
  [5, 120, 40, 1, 'relu', 'se', 'se'],
  [3, 240, 80, 2, 'hardSwish', 'none', 'none'],
  [3, 200, 80, 1, 'hardSwish', 'none', 'none'],
  [3, 184, 80, 1, 'hardSwish', 'none', 'cpsca'],
  [3, 184, 80, 1, 'hardSwish', 'none', 'cpsca'],
  [3, 480, 112, 1, 'hardSwish', 'se', 'ca'],
  [3, 672, 112, 1, 'hardSwish', 'se', 'ca'],
  [5, 672, 80, 2, 'hardSwish', 'se', 'ca'],
  [5, 480, 80, 1, 'hardSwish', 'se', 'ca'],
  [5, 480, 80, 1, 'hardSwish', 'se', 'ca'],
];
const TAIL_START = 12;

/** Returns the configuration of a variant. */
export function networkConfig(variant: Variant): NetworkConfig {
  if (!VARIANTS.includes(variant)) {
    throw new Error(`FerMobileNetV3: variant: got "${variant}", expected one of ${VARIANTS.join(', ')}`);
  }
  const isLarge = variant === 'large';
  const everywhere = variant.startsWith('reduced-') ? (variant.slice('reduced-'.length) as Attention) : null;
  const blocks = ROWS.map(
    ([kernelSize, expanded, output, stride, activation, large, paper], i): BlockConfig => {
      if (isLarge) {
        const isTail = i >= TAIL_START;
        const wide = isTail && i > TAIL_START ? 960 : expanded;
        return {
          kernelSize,
          expanded: wide,
          output: isTail ? 160 : output,
          stride,
          activation,
          attention: large,
        };
      }
      const attended = paper === 'none' ? 'none' : (everywhere ?? paper);
      const attention = variant === 'reduced' ? 'none' : attended;
      return { kernelSize, expanded, output, stride, activation: 'hardSwish', attention };
    },
  );
  return isLarge
    ? { stem: 16, blocks, tail: 960, embedding: 1280, heads: 'torchvision' }
    : { stem: 16, blocks, tail: 480, embedding: 640, heads: 'reference' };
}
