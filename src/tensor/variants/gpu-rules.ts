// What a GPU runs instead of the default kernels where no tuning table selects a variant. No GPU was available to measure
// this: the rules follow common practice. A GPU runs thousands of threads at once, so work with few results is split until
// there are enough threads; products with many results go through tiles in workgroup memory, so that a value is loaded once
// per tile and not once per thread; and a result of many values is computed by a workgroup instead of one thread.
//
// Each rule sees a dispatch and returns another one with the same result, or undefined. This file must not import code that
// a page loads anyway: bundlers would split the page into more files.
import type { Device } from '../../gpu/device.ts';
import type { Dispatch, DispatchSpec, GpuRules } from '../../gpu/dispatch.ts';
import type { Kernel } from '../../gpu/kernel.ts';
import { VARIANT_TEXTS } from '../../kernels/variants.ts';
import {
  fits,
  PATCHES,
  type Split,
  splitsOf,
  splitWorkgroups,
  TILES,
  type Tile,
  tileWorkgroups,
} from './divisions.ts';
import { gateRules } from './gate-rules.ts';
import { ENOUGH_THREADS, type ProductSizes, sizesOf, splitFor, wideTileFor } from './product-divisions.ts';

/** Workgroups of 64 threads that make tiles in workgroup memory worthwhile. */
const ENOUGH_TILES = 64;
/** Values of which a workgroup instead of a thread computes a result. */
const MANY_VALUES = 128;
const MANY_CHUNKS = 16;
const MANY_PIXELS = 32;

type Text = keyof typeof VARIANT_TEXTS;
type Numbers = Readonly<Record<string, number>>;
type Rule = (spec: DispatchSpec, device: Device, kernel: Kernel) => Dispatch | undefined;

/** Returns the rules of GPUs; `KernelClass` is `Kernel`, which this file does not import. */
export function gpuRules(KernelClass: typeof Kernel): GpuRules {
  const made = new Map<Text, Kernel>();
  const kernel = (name: Text): Kernel => {
    const known = made.get(name) ?? new KernelClass(name, VARIANT_TEXTS[name]);
    made.set(name, known);
    return known;
  };

  /** Returns the dispatch of a kernel in workgroups; undefined beyond the device's limits. */
  const inWorkgroups = (
    name: Text,
    { threads: _, ...spec }: DispatchSpec,
    workgroups: readonly [number, number, number],
    { limits }: Device,
  ): Dispatch | undefined =>
    fits(workgroups, limits) ? { kernel: kernel(name), spec: { ...spec, workgroups } } : undefined;

  /** The dispatch of a kernel with one workgroup per row. */
  const inRows = (name: Text, spec: DispatchSpec, rows: number, device: Device) => {
    const down = Math.ceil(rows / device.limits.maxComputeWorkgroupsPerDimension);
    return inWorkgroups(name, spec, [Math.ceil(rows / down), down, 1], device);
  };

  const split = (
    spec: DispatchSpec,
    sizes: ProductSizes,
    biasTimes: number,
    division: Split,
    device: Device,
  ) => {
    const { rows, inner, vecs, eps, height, width } = sizes;
    const params = { rows, inner4: inner / 4, columns4: vecs, eps, biasTimes, height, width };
    const defines = { ...spec.defines, ...division };
    const workgroups = splitWorkgroups(rows, vecs, division);
    return inWorkgroups('matmul_split', { ...spec, params, defines }, workgroups, device);
  };

  /** Returns the dispatch of a product, given for matmul_vec4.wgsl, with matmul_split.wgsl. */
  const splitWide = (spec: DispatchSpec, division: Split, device: Device) => {
    const overrides = { ...spec.overrides, SHIFTED: 0 };
    return split({ ...spec, overrides }, sizesOf(spec), 1, division, device);
  };

  /** Returns the dispatch of a product, given for matmul_vec4.wgsl, with matmul_tiled.wgsl. */
  const tiled = (spec: DispatchSpec, tile: Tile, device: Device) => {
    const { rows, inner, vecs, eps, height, width } = sizesOf(spec);
    const params = { rows, inner4: inner / 4, columns4: vecs, eps, height, width };
    const workgroups = tileWorkgroups(rows, vecs, tile);
    const defines = { ...spec.defines, ...tile };
    return inWorkgroups('matmul_tiled', { ...spec, params, defines }, workgroups, device);
  };

  /** Returns the dispatch of a product through tiles in workgroup memory; undefined if there would be few tiles. */
  const inManyTiles = (spec: DispatchSpec, device: Device) => {
    const { rows, inner, vecs } = sizesOf(spec);
    const tile = vecs <= 4 ? TILES.tiled64x16 : TILES.tiled32x32;
    const [across, down] = tileWorkgroups(rows, vecs, tile);
    return inner % 4 === 0 && across * down >= ENOUGH_TILES ? tiled(spec, tile, device) : undefined;
  };

  const rules: Readonly<Record<string, Rule>> = {
    ...gateRules({ inWorkgroups, inRows }),

    matmul_vec4(spec, device, own) {
      const inTiles = inManyTiles(spec, device);
      if (inTiles) return inTiles;
      const sizes = sizesOf(spec);
      const { rows, vecs } = sizes;
      const division = splitFor(sizes);
      if (division) return splitWide(spec, division, device);
      const [ROWS, COLUMNS] = wideTileFor(rows, vecs);
      const threads = Math.ceil(rows / ROWS) * Math.ceil(vecs / COLUMNS);
      return { kernel: own, spec: { ...spec, defines: { ...spec.defines, ROWS, COLUMNS }, threads } };
    },

    // the general kernel: columns that are not a multiple of four, or a bias that precedes a norm
    matmul(spec, device) {
      const {
        batches,
        rows = 0,
        inner = 0,
        columns = 0,
        innerChunk,
        ...rest
      } = spec.params as unknown as Numbers;
      const { aRow, aInner, bInner, bColumn, count = 0, eps = 0, biasTimes = 1 } = rest;
      const { HAS_BIAS = 0, NORM = 0, ACTIVATION = 0 } = spec.overrides ?? {};
      const isRowMajor = aRow === inner && aInner === 1 && bInner === columns && bColumn === 1;
      const isWhole = batches === 1 && innerChunk === inner && isRowMajor;
      const SHIFTED = HAS_BIAS && NORM;
      const { a, b, bias, y, gamma, beta, mean, variance } = spec.bind as Record<
        string,
        NonNullable<DispatchSpec['bind'][string]>
      >;
      if (!a || !b || !y || !bias || !gamma || !beta || !mean || !variance) return undefined;
      // a shift is bound in place of the residual, whose type is that of y
      if (!isWhole || count >= ENOUGH_THREADS || (SHIFTED && y.dtype === 'f16')) return undefined;
      const isVec4 = columns % 4 === 0;
      const plain: DispatchSpec = {
        label: spec.label,
        bind: {
          x: a,
          w: b,
          y,
          gamma,
          mean,
          variance,
          bias: NORM ? beta : bias,
          residual: SHIFTED ? bias : a,
        },
        overrides: { HAS_BIAS, NORM, ACTIVATION, RESIDUAL: 0, SHIFTED },
        defines: isVec4 ? {} : { Vec: 'f32' },
      };
      const sizes = { rows, inner, vecs: isVec4 ? columns / 4 : columns, eps, height: 1, width: 1 };
      const division = splitFor(sizes);
      return division && split(plain, sizes, biasTimes, division, device);
    },

    matmul_tn_partial_vec4(spec, device) {
      const { rows = 0, inner4 = 0, columns4 = 0, chunkRows = 1 } = spec.params as Numbers;
      const params = { rows, inner4, columns4, chunkRows };
      const workgroups = [
        Math.ceil(columns4 / 8),
        Math.ceil(inner4 / 8),
        Math.ceil(rows / chunkRows),
      ] as const;
      return inWorkgroups('matmul_tn_tiled_partial', { ...spec, params }, workgroups, device);
    },

    conv2d(spec, device) {
      const {
        count = 0,
        outWidth = 1,
        channels4 = 1,
        groupChannels = 0,
        groupOutputs4 = 1,
      } = spec.params as Numbers;
      if (count >= ENOUGH_THREADS) return undefined;
      const pairs = (channels4 / groupOutputs4) * Math.ceil(groupOutputs4 / 2);
      const mapRows = count / (Math.ceil(outWidth / 4) * pairs); // of all images
      const tilesOf = (PIXELS: number) => mapRows * Math.ceil(outWidth / PIXELS) * channels4;
      const ways = [4, 2, 1].flatMap((PIXELS) => [1, 4, 16].map((PARTS) => ({ PIXELS, PARTS })));
      const possible = ways.filter(({ PARTS }) => PARTS === 1 || groupChannels >= 4 * PARTS);
      const chosen =
        possible.find(({ PIXELS, PARTS }) => tilesOf(PIXELS) * PARTS >= ENOUGH_THREADS) ?? possible.at(-1);
      if (!chosen) return undefined;
      const ACROSS = chosen.PARTS === 16 ? 8 : 64 / chosen.PARTS;
      const tiles = tilesOf(chosen.PIXELS);
      const defines = { ...spec.defines, ...chosen, ACROSS };
      const params = { ...spec.params, count: tiles };
      return inRows('conv2d_split', { ...spec, params, defines }, Math.ceil(tiles / ACROSS), device);
    },

    depthwise(spec, _device, own) {
      const { count = 0, outHeight = 1, outWidth = 1, channels4 = 1, tileRows = 1 } = spec.params as Numbers;
      if (count >= ENOUGH_THREADS) return undefined;
      const across = Math.ceil(outWidth / Number(spec.defines?.TILE_W ?? 4));
      const images = count / (Math.ceil(outHeight / tileRows) * across * channels4);
      const threadsOf = (width: number) => images * outHeight * Math.ceil(outWidth / width) * channels4;
      const TILE_W = [4, 2].find((width) => threadsOf(width) >= ENOUGH_THREADS) ?? 1;
      const threads = threadsOf(TILE_W);
      const params = { ...spec.params, tileRows: 1, count: threads };
      return { kernel: own, spec: { ...spec, params, defines: { ...spec.defines, TILE_W }, threads } };
    },

    softmax(spec, device) {
      const { rows = 0, columns = 0 } = spec.params as Numbers;
      return columns < MANY_VALUES ? undefined : inRows('softmax_group', spec, rows, device);
    },

    // sums of contiguous values; the kernel also computes maxima, minima, products, and sums of integers
    reduce({ label, bind, params, overrides = {} }, device) {
      const { length = 0, inner = 0, chunks = 0, chunkLength = 0, count = 0 } = params as Numbers;
      const isSum = overrides.OPERATION === 0 && overrides.WHOLE === 0 && inner === 1;
      if (!isSum || length !== chunks * chunkLength || chunkLength < MANY_VALUES) return undefined;
      const name = device.features.has('subgroups') ? 'sum_subgroup' : 'sum_group';
      return inRows(name, { label, bind, params: { length: chunkLength, rows: count } }, count, device);
    },

    sum_partials({ label, bind, params, defines = {} }, device) {
      const { chunks = 0, count = 0 } = params as Numbers;
      const { partial, y } = bind;
      if (chunks < MANY_CHUNKS || !partial || !y) return undefined;
      const sums = { rows: chunks, columns4: count, scale: 1 };
      const workgroups = [Math.ceil(count / 4), 1, 1] as const;
      return inWorkgroups(
        'column_sum_group',
        { label, bind: { x: partial, y }, params: sums, defines },
        workgroups,
        device,
      );
    },

    global_avg_pool({ label, bind, params, defines = {} }, device) {
      const { pixels = 0, channels4 = 1, count = 0 } = params as Numbers;
      // column_sum_group.wgsl reads f32
      if (pixels < MANY_PIXELS || bind.x?.dtype === 'f16') return undefined;
      const sums = { rows: pixels, columns4: channels4, scale: 1 / pixels };
      const workgroups = [Math.ceil(channels4 / 4), count / channels4, 1] as const;
      return inWorkgroups('column_sum_group', { label, bind, params: sums, defines }, workgroups, device);
    },

    batch_norm_statistics(spec, device) {
      const { chunks = 0, channels4 = 0 } = spec.params as Numbers;
      // only batch_norm_statistics.wgsl computes averages over all batches
      if (chunks < MANY_CHUNKS || spec.bind.batches) return undefined;
      return inWorkgroups('batch_norm_statistics_group', spec, [Math.ceil(channels4 / 4), 1, 1], device);
    },

    batch_norm_grad_sum(spec, device) {
      const { chunks = 0, channels4 = 0 } = spec.params as Numbers;
      if (chunks < MANY_CHUNKS) return undefined;
      return inWorkgroups('batch_norm_grad_sum_group', spec, [Math.ceil(channels4 / 4), 1, 1], device);
    },
  };

  /** Returns the dispatches of a depthwise convolution with depthwise_patch.wgsl. */
  const patches = (spec: DispatchSpec, device: Device) => {
    const { count = 0, tileRows = 1, ...params } = spec.params as Numbers;
    const { outHeight = 1, outWidth = 1, channels4 = 1 } = params;
    const {
      TILE_W: width,
      TAPS_LOOP: _,
      SKIPS: __,
      ...structure
    } = (spec.defines ?? {}) as Record<string, number | string>;
    const { KERNEL_H, KERNEL_W, STRIDE_H, STRIDE_W } = structure as Numbers;
    const images =
      count / (Math.ceil(outHeight / tileRows) * Math.ceil(outWidth / Number(width)) * channels4);
    const TILE_W = 4;
    return Object.entries(PATCHES).flatMap(([name, patch]) => {
      const { CHANNELS, ACROSS, DOWN } = patch;
      const height = (DOWN - 1) * (STRIDE_H ?? 1) + (KERNEL_H ?? 1);
      const length = (ACROSS * TILE_W - 1) * (STRIDE_W ?? 1) + (KERNEL_W ?? 1);
      const bytes = height * length * CHANNELS * (structure.Vec === 'f32' ? 4 : 16);
      if (bytes > device.limits.maxComputeWorkgroupStorageSize) return [];
      const across = Math.ceil(channels4 / CHANNELS) * Math.ceil(outWidth / (ACROSS * TILE_W));
      const workgroups = [across, Math.ceil(outHeight / DOWN), images] as const;
      const defines = { ...structure, ...patch, TILE_W };
      return [
        [name, inWorkgroups('depthwise_patch', { ...spec, params, defines }, workgroups, device)] as const,
      ];
    });
  };

  const others = (kernel: Kernel, spec: DispatchSpec, device: Device) => {
    switch (kernel.name) {
      case 'matmul_vec4': {
        const { rows, inner, vecs } = sizesOf(spec);
        if (inner % 4 !== 0) return [];
        const tiles = Object.entries(TILES).map(([name, tile]) => [name, tiled(spec, tile, device)] as const);
        const splits = splitsOf(rows, inner, vecs).map(
          (division) => [nameOf(division), splitWide(spec, division, device)] as const,
        );
        return [...tiles, ...splits];
      }
      case 'matmul_tn_partial_vec4':
        return [['tiled', rules.matmul_tn_partial_vec4?.(spec, device, kernel)] as const];
      case 'depthwise':
        return patches(spec, device);
      default:
        return [];
    }
  };

  return {
    replace: (kernel, spec, device) => rules[kernel.name]?.(spec, device, kernel),
    transposed(spec, device) {
      const inTiles = inManyTiles(spec, device);
      return (
        inTiles && {
          ...inTiles,
          spec: { ...inTiles.spec, overrides: { ...inTiles.spec.overrides, TRANSPOSED: 1 } },
        }
      );
    },
    alternatives(kernel, spec, device) {
      const found: Record<string, Dispatch> = {};
      for (const [name, dispatch] of others(kernel, spec, device)) if (dispatch) found[name] = dispatch;
      return found;
    },
  };
}

const nameOf = ({ ROWS, ACROSS, PARTS }: Split) => `split${ROWS}x${ACROSS}x${PARTS}`;
