import { anything, checkOptions } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { tensor } from '../tensor/create.ts';
import { div, sub } from '../tensor/ops/binary.ts';
import { matmul } from '../tensor/ops/matmul.ts';
import { reshape } from '../tensor/ops/reshape.ts';
import { keep, scope } from '../tensor/scope.ts';
import { type BatchOptions, type BatchReader, type BatchSource, checkOpen } from './batch-source.ts';
import { DrawnFaces, EXPRESSIONS, requireInteger, requireSet } from './drawn-faces.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from './imagenet.ts';

/** Matrix from RGB to the luma (ITU-R BT.601) in all three channels. */
const LUMA = [
  [0.299, 0.299, 0.299],
  [0.587, 0.587, 0.587],
  [0.114, 0.114, 0.114],
];

/** A source of drawn faces. Every epoch has new faces. */
export class DrawnFaceSource implements BatchSource {
  readonly classNames: readonly string[];
  readonly length: number;
  readonly order = 'endless';
  readonly seed: number;

  /**
   * `length` is the number of images per epoch.
   * @throws RangeError when seed, length or number of classes are out of range
   */
  constructor(options: { seed: number; length: number; classes?: number }) {
    checkOptions('DrawnFaceSource', options, { seed: anything, length: anything, classes: anything }, [
      'seed',
      'length',
    ]);
    const { seed, length, classes = EXPRESSIONS.length } = options;
    requireSet('DrawnFaceSource', seed, classes);
    requireInteger('DrawnFaceSource', 'length', length, 1, 0xffffffff);
    this.seed = seed;
    this.length = length;
    this.classNames = EXPRESSIONS.slice(0, classes);
  }

  get fingerprint(): string {
    return `drawn faces of seed ${this.seed}`;
  }

  /**
   * Returns a reader that draws batches on a device. Its indices must be consecutive.
   * @throws Error for an augmentation, which drawn faces do not support
   */
  open(device: Device, options: BatchOptions): BatchReader {
    checkOpen('DrawnFaceSource.open', device, options);
    const { batch, side, augmentation, mean = IMAGENET_MEAN, std = IMAGENET_STD, color = 'rgb' } = options;
    if (augmentation) {
      throw new Error(
        'DrawnFaceSource: augmentation is not supported, because drawn faces already vary. Omit it.',
      );
    }
    const faces = new DrawnFaces(device, { seed: this.seed, side, classes: this.classNames.length });
    const constants = scope(() => ({
      first: keep(tensor(device, new Uint32Array([0]))),
      mean: keep(tensor(device, [...mean])),
      std: keep(tensor(device, [...std])),
      luma: keep(tensor(device, LUMA)),
    }));
    return {
      record() {
        const drawn = faces.batch(constants.first, batch);
        const { shape } = drawn.images;
        const images =
          color === 'rgb'
            ? drawn.images
            : reshape(matmul(reshape(drawn.images, [batch * side * side, 3]), constants.luma), shape);
        return { images: div(sub(images, constants.mean), constants.std), labels: drawn.labels };
      },
      load(indices) {
        // the kernel draws consecutive faces
        const first = indices[0] as number;
        if (indices.length !== batch || indices.some((index, i) => index !== first + i)) {
          const shown = indices.slice(0, 4).join(', ') + (indices.length > 4 ? ', ...' : '');
          throw new Error(
            `DrawnFaceSource: load() got ${indices.length} faces (${shown}), expected ${batch} consecutive ones. ` +
              'Use DrawnFaces to draw single faces.',
          );
        }
        constants.first.write([first]);
      },
      dispose() {
        for (const constant of Object.values(constants)) constant.dispose();
      },
    };
  }
}
