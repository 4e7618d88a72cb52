import type { StorageView } from '../../gpu/storage.ts';
import * as kernels from '../../kernels/index.ts';
import { empty, type Tensor } from '../tensor.ts';
import { choose } from './choose.ts';
import type { GateWeights } from './coordinate-gate.ts';
import { COORDINATE_POOLINGS, type CoordinatePooling } from './coordinate-pool.ts';
import type { Norm } from './epilogue.ts';

/** The layers that compute the gates of squeeze-excitation, or with a norm those of coordinate attention. */
export interface GateLayers {
  pooling: CoordinatePooling;
  /** 1 x 1 convolution from C channels to M, [1, 1, C, M] and [M] */
  squeeze: GateWeights;
  /** batch norm between `squeeze` and hard-swish, in coordinate attention */
  norm?: Norm;
  /** 1 x 1 convolution from M channels to the gates, in coordinate attention of the rows */
  excite: GateWeights;
  /** the same for the gates of the columns */
  exciteColumns?: GateWeights;
}

/** Strips above which several share the loads of the weights; fewer get a workgroup each, to occupy all cores. */
const FEW_STRIPS = 16;
/** Weights, of C x M, by which one workgroup should multiply at most; separate operations divide the work. */
const MOST_WEIGHTS = 32_768;
/** Workgroups that a GPU should have for more multiply-adds than these; see tests/node/starvation.test.ts. */
const MUCH_WORK = 100_000;
const ENOUGH_WORKGROUPS = 16;

/**
 * Computes the gates of an attention block in one dispatch, for inference: it is not taped. The result is [N, 1, 1, C]
 * for squeeze-excitation and [N, H + W, 1, C] for coordinate attention, as `applyGates` expects. Returns null if the
 * channels are not a multiple of four, the weights are in different buffers, a limit of the device is exceeded, or the
 * separate operations are faster.
 */
export function attentionGates(x: Tensor, layers: GateLayers): Tensor | null {
  const { pooling, squeeze, norm, excite, exciteColumns = excite } = layers;
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const { device } = x;
  const { limits, tuning } = device;
  const middle = squeeze.bias.size;
  const channels4 = c / 4;
  const weights = [squeeze, excite, exciteColumns].flatMap(({ weight, bias }) => [weight, bias]);
  if (norm) weights.push(norm.gamma, norm.beta);
  const state = wholeOf(squeeze.weight);
  const running = wholeOf(norm?.mean ?? squeeze.weight);
  const isTogether =
    weights.every(({ storage }) => storage === state.storage) &&
    (!norm || norm.variance.storage === running.storage);
  const isReal = x.rank === 4 && (x.dtype === 'f32' || x.dtype === 'f16');
  if (!isReal || c % 4 !== 0 || squeeze.weight.size !== c * middle || !isTogether) return null;
  if (c * middle > MOST_WEIGHTS || x.size > tuning.gates.mostValues) return null;

  // squeeze-excitation has one strip per image
  const [height, width] = norm ? [h, w] : [1, h * w];
  const rows = n * height;
  const columns = norm ? n * width : 0;
  const THREADS = tuning.gates.threads;
  const divisionOf = (STRIPS: number) => {
    // threads that no channel needs share the pixels of an image
    const PARTS = norm ? 1 : Math.max(1, Math.min(width, Math.floor(THREADS / (STRIPS * channels4))));
    const rowTiles = Math.ceil(rows / STRIPS);
    return { PARTS, rowTiles, tiles: rowTiles + Math.ceil(columns / STRIPS) };
  };
  const isPossible = (STRIPS: number) => {
    const { PARTS, tiles } = divisionOf(STRIPS);
    const bytes = 4 * STRIPS * (PARTS * c + middle + Math.max(middle, THREADS));
    return bytes <= limits.maxComputeWorkgroupStorageSize && tiles <= limits.maxComputeWorkgroupsPerDimension;
  };
  const possible = (rows + columns > FEW_STRIPS ? [4, 2, 1] : [1, 2, 4]).filter(isPossible);
  const [usual] = possible;
  if (!usual) return null;

  const y = empty(device, [n, height + (norm ? width : 0), 1, c], 'f32', 'attentionGates');
  const at = (tensor: Tensor | undefined) => (tensor?.byteOffset ?? 0) / 4;
  const record = (STRIPS: number) => {
    const { PARTS, rowTiles, tiles } = divisionOf(STRIPS);
    const macs = 2 * (rows + columns) * c * middle;
    const slices = tuning.hasCostlyDispatches || macs < MUCH_WORK ? 1 : Math.ceil(ENOUGH_WORKGROUPS / tiles);
    device.dispatch(kernels.attentionGates, {
      label: 'attentionGates',
      bind: { x, state, state4: state, running, gates: y },
      params: {
        height,
        width,
        positions: y.shape[1] as number,
        rowTiles,
        rows,
        columns,
        channels4,
        middle,
        biasTimes: pooling === 'complementary' ? 2 : 1,
        eps: norm?.eps ?? 0,
        squeeze: at(squeeze.weight),
        squeezeBias: at(squeeze.bias),
        gamma: at(norm?.gamma),
        beta: at(norm?.beta),
        mean: at(norm?.mean),
        variance: at(norm?.variance),
        rowExcite: at(excite.weight) / 4,
        rowBias: at(excite.bias) / 4,
        columnExcite: at(exciteColumns.weight) / 4,
        columnBias: at(exciteColumns.bias) / 4,
      },
      overrides: { KIND: COORDINATE_POOLINGS.indexOf(pooling), COORDINATE: norm ? 1 : 0 },
      defines: { STRIPS, THREADS, CHANNELS4: channels4, MIDDLE: middle, PARTS },
      workgroups: [tiles, slices, 1],
    });
  };
  choose(
    y,
    'attentionGates',
    [n, h, w, c, middle],
    () => record(usual),
    () => Object.fromEntries(possible.map((strips) => [`strips${strips}`, () => record(strips)])),
  );
  return y;
}

/** All of the memory in which a tensor is. */
const wholeOf = ({ storage }: Tensor): StorageView => ({
  storage,
  byteOffset: 0,
  byteLength: storage.byteLength,
});
