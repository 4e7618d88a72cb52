// How the kernels for GPUs divide their work.

/** The division of work in matmul_tiled.wgsl. */
export interface Tile {
  /** rows per thread */
  ROWS: number;
  /** vec4 of columns per thread */
  COLUMNS: number;
  /** threads of a workgroup along the columns */
  ACROSS: number;
  /** threads of a workgroup along the rows */
  DOWN: number;
}

/** Tiles by the rows and columns that a workgroup computes. */
export const TILES = {
  tiled32x32: { ROWS: 4, COLUMNS: 1, ACROSS: 8, DOWN: 8 },
  tiled64x16: { ROWS: 4, COLUMNS: 1, ACROSS: 4, DOWN: 16 },
  tiled64x32: { ROWS: 8, COLUMNS: 1, ACROSS: 8, DOWN: 8 },
  tiled64x64: { ROWS: 8, COLUMNS: 2, ACROSS: 8, DOWN: 8 },
} as const satisfies Record<string, Tile>;

/** Returns the workgroups of matmul_tiled.wgsl for a result of rows x columns4 vec4. */
export const tileWorkgroups = (rows: number, columns4: number, tile: Tile) =>
  [Math.ceil(columns4 / (tile.COLUMNS * tile.ACROSS)), Math.ceil(rows / (tile.ROWS * tile.DOWN)), 1] as const;

/** The division of work in matmul_split.wgsl. */
export interface Split {
  /** rows per thread */
  ROWS: number;
  /** threads of a workgroup along the columns */
  ACROSS: number;
  /** threads of a workgroup along the inner dimension */
  PARTS: number;
}

/**
 * Returns the ways to split a product for matmul_split.wgsl, the most efficient ones per thread first and those with more
 * threads later; none if inner is not a multiple of four.
 * @param vecs columns in Vecs
 */
export function splitsOf(rows: number, inner: number, vecs: number): Split[] {
  if (inner % 4 !== 0) return [];
  const splits: Split[] = [];
  // with many rows, several rows per thread leave enough threads
  for (const ROWS of rows >= 64 ? [4] : [4, 2, 1]) {
    for (const PARTS of [1, 4, 16]) {
      for (const ACROSS of [16, 4]) {
        const isTooSmall = (ROWS > 1 && ROWS >= 2 * rows) || (ACROSS > 4 && ACROSS >= 2 * vecs);
        const hasEmptyParts = PARTS > 1 && inner / 4 < 2 * PARTS;
        if (!isTooSmall && !hasEmptyParts && ACROSS * PARTS >= 16) splits.push({ ROWS, ACROSS, PARTS });
      }
    }
  }
  return splits;
}

/** Returns the workgroups of matmul_split.wgsl. */
export const splitWorkgroups = (rows: number, vecs: number, { ROWS, ACROSS }: Split) =>
  [Math.ceil(vecs / ACROSS), Math.ceil(rows / ROWS), 1] as const;

/**
 * Threads of a workgroup of depthwise_patch.wgsl along the Vecs of channels, the width (tiles of 4 pixels) and the height.
 */
export const PATCHES = {
  patch8x2x4: { CHANNELS: 8, ACROSS: 2, DOWN: 4 },
  patch4x2x8: { CHANNELS: 4, ACROSS: 2, DOWN: 8 },
  patch4x2x4: { CHANNELS: 4, ACROSS: 2, DOWN: 4 },
} as const;

/** Returns whether a dispatch does not exceed a limit of workgroups per dimension. */
export const fits = (workgroups: readonly number[], limits: GPUSupportedLimits): boolean =>
  workgroups.every((n) => n <= limits.maxComputeWorkgroupsPerDimension);
