// The two layers of the lesson and the ways to divide their work among threads.

export const LAYERS = ['pointwise', 'depthwise'] as const;
export type LayerName = (typeof LAYERS)[number];

/** A layer that keeps the size of the map and the number of channels, a multiple of four. */
export interface Layer {
  name: LayerName;
  /** side of the map in pixels */
  side: number;
  channels: number;
}

export const TILES = ['small', 'medium', 'large'] as const;
export type TileName = (typeof TILES)[number];

/** The results that one thread computes. */
export interface Tile {
  /** pixels of a pointwise tile; rows of a depthwise tile */
  rows: number;
  /** groups of four channels of a pointwise tile; columns of pixels of a depthwise tile */
  columns: number;
}

const SIZES: Record<LayerName, Record<TileName, Tile>> = {
  pointwise: {
    small: { rows: 1, columns: 1 },
    medium: { rows: 4, columns: 1 },
    large: { rows: 8, columns: 2 },
  },
  depthwise: {
    small: { rows: 1, columns: 1 },
    medium: { rows: 1, columns: 4 },
    large: { rows: 4, columns: 4 },
  },
};

export const tileOf = (layer: LayerName, tile: TileName): Tile => SIZES[layer][tile];

/** Returns the shape of a tile as text, such as `8 pixels × 8 channels`. */
export function tileText(layer: LayerName, name: TileName): string {
  const { rows, columns } = tileOf(layer, name);
  const pixels = (number: number) => `${number} ${number === 1 ? 'pixel' : 'pixels'}`;
  return layer === 'pointwise'
    ? `${pixels(rows)} × ${4 * columns} channels`
    : `${pixels(rows * columns)} × 4 channels`;
}

/** Threads per workgroup of both kernels. */
export const GROUP = 64;
const TAPS = 9; // of the depthwise 3 x 3 kernel

export interface Work {
  threads: number;
  workgroups: number;
  /** multiply-adds of the layer */
  macs: number;
  /** bytes of input, weights and output, each once, in f32 */
  bytes: number;
  /** bytes of all loads of all threads; most of them are answered by caches */
  loaded: number;
}

/** Returns the work of a layer for one image, divided into tiles. */
export function workOf(layer: Layer, tile: Tile): Work {
  const { name, side, channels } = layer;
  const pixels = side ** 2;
  const weights = name === 'pointwise' ? channels ** 2 : TAPS * channels;
  const threads = threadsOf(layer, tile);
  return {
    threads,
    workgroups: Math.ceil(threads / GROUP),
    macs: pixels * weights,
    bytes: 4 * (2 * pixels * channels + weights),
    loaded: name === 'pointwise' ? threads * channels * loadsPerStep(tile) : depthwiseLoads(layer, tile),
  };
}

export function threadsOf({ name, side, channels }: Layer, { rows, columns }: Tile): number {
  if (name === 'pointwise') return Math.ceil(side ** 2 / rows) * Math.ceil(channels / 4 / columns);
  return (Math.ceil(side / rows) * Math.ceil(side / columns) * channels) / 4;
}

/** Returns the bytes that a thread of the pointwise kernel loads per input channel: a number per row, a vec4 per column. */
export const loadsPerStep = ({ rows, columns }: Tile): number => 4 * rows + 16 * columns;

/** Returns the bytes that all threads of the depthwise kernel load: nine weights each, and the pixels under their tiles. */
function depthwiseLoads({ side, channels }: Layer, { rows, columns }: Tile): number {
  const across = Math.ceil(side / columns);
  let pixels = 0;
  for (let top = 0; top < side; top += rows) {
    const bottom = Math.min(top + rows, side) + 1; // one row below the tile, and one above
    pixels += Math.min(bottom, side) - Math.max(top - 1, 0);
  }
  const vectors = across * (pixels * (columns + 2) + Math.ceil(side / rows) * TAPS);
  return 16 * (channels / 4) * vectors;
}
