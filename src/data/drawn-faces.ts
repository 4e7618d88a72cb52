import { anything, checkOptions, tensorRule } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import * as kernels from '../kernels/index.ts';
import { tensor } from '../tensor/create.ts';
import { expectDevice, expectTensor } from '../tensor/expect.ts';
import { show } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { EXPRESSION_NAMES } from './expressions.ts';

/** The expressions in the order of their labels. */
export const EXPRESSIONS = EXPRESSION_NAMES;

/** Pixels that one thread of draw_faces.wgsl paints. */
const RUN = 16;

/** Options of `DrawnFaces`. */
export interface DrawnFacesOptions {
  /** seed of the data set, an integer in 0..2^32 - 1; the same seed draws the same images */
  seed: number;
  /** pixels along each side of an image; the same seed draws the same faces at every size */
  side: number;
  /** number of expressions, 2 to 8 (7 excludes contempt) */
  classes?: number;
}

/** Drawn faces and their expressions. */
export interface FaceBatch {
  /** [count, side, side, 3], RGB in 0..1 */
  images: Tensor;
  /** u32 [count] */
  labels: Tensor;
}

/** Options of `DrawnFaces.batch`. */
export interface FaceBatchOptions {
  /** draws only this expression, with the same people and scenes */
  label?: number;
  /** existing tensors with the shapes of the batch to draw into (default: new tensors) */
  into?: FaceBatch;
}

/**
 * An endless labeled data set of faces drawn on the GPU: eight expressions built from facial action units (Ekman and
 * Friesen, Facial Action Coding System, 1978) with random heads, hair, glasses, pose, light, background and noise. Image
 * i depends only on the seed and i, so any range can be drawn at any time. Use two seeds, or two ranges, for training and
 * test images.
 */
export class DrawnFaces {
  readonly device: Device;
  readonly seed: number;
  readonly side: number;
  /** names of the labels, in order */
  readonly labelNames: readonly string[];

  /** @throws RangeError when seed, side or number of classes are out of range */
  constructor(device: Device, options: DrawnFacesOptions) {
    expectDevice('DrawnFaces', device);
    checkOptions('DrawnFaces', options, { seed: anything, side: anything, classes: anything }, [
      'seed',
      'side',
    ]);
    const { seed, side, classes = EXPRESSIONS.length } = options;
    requireSet('DrawnFaces', seed, classes);
    requireInteger('DrawnFaces', 'side', side, 8, 4096);
    this.device = device;
    this.seed = seed;
    this.side = side;
    this.labelNames = EXPRESSIONS.slice(0, classes);
  }

  /**
   * Draws the images first, first + 1, ... first + count - 1 of the data set.
   *
   * If `first` is a u32 tensor [1], it is read on the device: inside `capture`, write the next index to it before each
   * replay, so that every replay draws new images.
   *
   * @throws RangeError when a number is out of range; Error when `first` or `into` has another shape or type
   */
  batch(first: number | Tensor, count: number, options: FaceBatchOptions = {}): FaceBatch {
    const { device, seed, side } = this;
    const classes = this.labelNames.length;
    checkOptions('DrawnFaces.batch', options, { label: anything, into: anything });
    const { label = -1, into } = options;
    if (into)
      checkOptions('DrawnFaces.batch: into', into, { images: tensorRule, labels: tensorRule }, [
        'images',
        'labels',
      ]);
    requireInteger('DrawnFaces', 'count', count, 1, 0x7fffffff);
    if (options.label !== undefined) requireInteger('DrawnFaces', 'label', label, 0, classes - 1);
    if (typeof first === 'number') requireInteger('DrawnFaces', 'first', first, 0, 0xffffffff);
    else requireTensor('first', first, 'u32', [1]);
    if (into) {
      requireTensor('into.images', into.images, 'f32', [count, side, side, 3]);
      requireTensor('into.labels', into.labels, 'u32', [count]);
    }
    const start = typeof first === 'number' ? tensor(device, new Uint32Array([first])) : first;
    const images = into?.images ?? empty(device, [count, side, side, 3], 'f32', 'faces');
    const labels = into?.labels ?? empty(device, [count], 'u32', 'face labels');
    device.dispatch(kernels.drawFaces, {
      label: 'drawnFaces',
      bind: { first: start, images, labels },
      params: { seed, count, side, classes, label },
      threads: count * Math.ceil((side * side) / RUN),
    });
    if (start !== first) start.dispose();
    return { images, labels };
  }
}

/** @throws RangeError when the seed or the number of classes is out of range */
export function requireSet(owner: string, seed: number, classes: number): void {
  requireInteger(owner, 'seed', seed, 0, 0xffffffff);
  requireInteger(owner, 'classes', classes, 2, EXPRESSIONS.length);
}

/** @throws RangeError unless `value` is an integer in [low, high] */
export function requireInteger(owner: string, name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new RangeError(`${owner}: ${name}: got ${value}, expected an integer from ${low} to ${high}`);
}

function requireTensor(name: string, value: Tensor, dtype: Tensor['dtype'], shape: readonly number[]): void {
  expectTensor('DrawnFaces', name, value);
  if (value.dtype === dtype && value.shape.join() === shape.join()) return;
  throw new Error(
    `DrawnFaces: ${name}: got ${value.dtype} ${show(value.shape)}, expected ${dtype} ${show(shape)}. ` +
      'Create it with empty() or zeros() of that shape and type.',
  );
}
