import { anything, checkOptions, checkValue, finite, having, seedRule } from '../gpu/check-options.ts';
import { describeValue } from '../gpu/describe-value.ts';
import type { Device } from '../gpu/device.ts';
import { murmurMix, seedWords } from '../tensor/host-random.ts';
import { packImages, resizeInto } from '../tensor/image.ts';
import { IGNORE_INDEX } from '../tensor/ops/cross-entropy.ts';
import { keep } from '../tensor/scope.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { augmentInto, checkAugmentation } from './augmentation.ts';
import {
  type Batch,
  type BatchOptions,
  type BatchReader,
  type BatchSource,
  checkOpen,
} from './batch-source.ts';
import { DataError } from './data-error.ts';
import { Fingerprint } from './fingerprint.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from './imagenet.ts';
import type { Picture } from './picture.ts';

/**
 * Labeled images as bytes in host memory. Batches are uploaded as bytes and resized and normalized on the GPU, so images
 * may have different sizes.
 */
export class PictureSource implements BatchSource {
  readonly classNames: readonly string[];
  readonly length: number;
  readonly order = 'shuffle';
  readonly pictures: readonly Picture[];
  /** the class of each image; `UNLABELED` for an image without one */
  readonly labels: Uint32Array;
  /** soft targets [images, classes], rows sum to 1 */
  readonly distributions: Float32Array | null;

  /** @throws DataError when there are no images, or labels or soft targets do not fit images and classes */
  constructor(data: {
    pictures: readonly Picture[];
    /** the class of each image: an index into `classNames`, or -100 for no label, which losses ignore by default */
    labels: Uint32Array;
    classNames: readonly string[];
    /** soft targets [images, classes], rows sum to 1 */
    distributions?: Float32Array;
    /** not used; allowed so that the result of `readPictureFolder` or `readPictureFiles` can be passed as it is */
    skipped?: unknown;
  }) {
    checkOptions('PictureSource', data, DATA, ['pictures', 'labels', 'classNames']);
    if (data.pictures.length === 0)
      throw new DataError('PictureSource: pictures: got an empty array, expected at least one image');
    if (data.pictures.length !== data.labels.length) {
      throw new DataError(
        `PictureSource: got ${data.pictures.length} images and ${data.labels.length} labels, expected one label per image`,
      );
    }
    const beyond = Array.from(data.labels).findIndex(
      (label) => !(label >= 0 && label < data.classNames.length) && label >>> 0 !== UNLABELED,
    );
    if (beyond >= 0) {
      throw new DataError(
        `PictureSource: image ${data.pictures[beyond]?.name} has label ${data.labels[beyond]}, but there are ${data.classNames.length} classes (${IGNORE_INDEX} means no label)`,
      );
    }
    const targets = data.pictures.length * data.classNames.length;
    if (data.distributions && data.distributions.length !== targets) {
      throw new DataError(
        `PictureSource: ${data.distributions.length} soft targets for ${data.pictures.length} images of ` +
          `${data.classNames.length} classes, expected ${targets}`,
      );
    }
    if (data.distributions) checkDistributions(data.distributions, data.classNames.length);
    this.pictures = data.pictures;
    this.distributions = data.distributions ?? null;
    this.labels = data.labels instanceof Uint32Array ? data.labels : Uint32Array.from(data.labels);
    this.classNames = data.classNames;
    this.length = data.pictures.length;
  }

  /** 'gray' if each image has one channel */
  get color(): 'rgb' | 'gray' {
    const isGray = ({ width, height, data }: Picture) => data.length === width * height;
    return this.pictures.every(isGray) ? 'gray' : 'rgb';
  }

  get hasTargets(): boolean {
    return this.distributions !== null;
  }

  /** hash of labels, soft targets, sizes and about 64 bytes of each image */
  get fingerprint(): string {
    const print = new Fingerprint().add(this.labels);
    if (this.distributions) print.add(new Uint8Array(Float32Array.from(this.distributions).buffer));
    for (const { width, height, channels, data } of this.pictures) {
      print.add([width, height, channels]).add(data, Math.max(1, Math.floor(data.length / 64)));
    }
    return print.toString();
  }

  open(device: Device, options: BatchOptions): BatchReader {
    checkOpen('PictureSource.open', device, options);
    if (options.augmentation) checkAugmentation(options.augmentation);
    return new PictureReader(device, this, options);
  }

  /**
   * Splits off a random fraction of each class and returns [rest, share]. A class with two or more images is in both.
   */
  split(share: number, seed: number): [PictureSource, PictureSource] {
    checkSplit('PictureSource.split', share, seed);
    const [rest, taken] = splitByClass(this.labels, this.classNames.length, share, seed);
    return [this.pick(rest), this.pick(taken)];
  }

  /**
   * Returns the images with other class names: class i becomes class `positions[i]`, or is removed if that is -1. Soft
   * targets are dropped.
   */
  relabel(classNames: readonly string[], positions: readonly number[]): PictureSource {
    const kept = [...this.labels.keys()].filter((i) => positions[this.labels[i] as number] !== -1);
    const labels = Uint32Array.from(kept, (i) => positions[this.labels[i] as number] ?? UNLABELED);
    return new PictureSource({ pictures: kept.map((i) => this.pictures[i] as Picture), labels, classNames });
  }

  private pick(indices: readonly number[]): PictureSource {
    const { classNames, distributions } = this;
    return new PictureSource({
      pictures: indices.map((i) => this.pictures[i] as Picture),
      labels: Uint32Array.from(indices, (i) => this.labels[i] as number),
      classNames,
      ...(distributions && { distributions: pickRows(distributions, classNames.length, indices) }),
    });
  }
}

/** -100 as a u32: the label of an image without a class, and the default `ignoreIndex` of losses and `evaluate`. */
export const UNLABELED = IGNORE_INDEX >>> 0;

/** @throws Error for a share outside of 0..1 or a seed that is not an integer */
export function checkSplit(caller: string, share: number, seed: number): void {
  checkValue(caller, 'share', share, (v) => finite(v, 0, 1));
  checkValue(caller, 'seed', seed, seedRule);
}

/** Rules of the data, shared by the sources of images. */
export const LABEL_DATA = {
  labels: (v: unknown) => {
    const list = ArrayBuffer.isView(v) || Array.isArray(v) ? [...(v as Uint32Array)] : null;
    return list?.every((label) => Number.isInteger(label))
      ? undefined
      : 'a Uint32Array of integers, each the index of a class name';
  },
  classNames: (v: unknown) =>
    Array.isArray(v) && v.length > 0 && v.every((name) => typeof name === 'string')
      ? undefined
      : 'a list of class names',
  distributions: (v: unknown) => (v instanceof Float32Array ? undefined : 'a Float32Array [images, classes]'),
};

const DATA = /* @__PURE__ */ (() => ({
  pictures: (v: unknown) =>
    Array.isArray(v) ? v.map(pictureFault).find((fault) => fault) : 'an array of images',
  ...LABEL_DATA,
  skipped: anything,
}))();

function pictureFault(value: unknown, i: number): string | undefined {
  const { width, height, channels, data } = (value ?? {}) as Partial<Picture>;
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  const count = (width ?? 0) * (height ?? 0) * (channels ?? 0);
  return isBytes && count > 0 && count === data.length
    ? undefined
    : `images { width, height, channels, data } with one byte, 0 to 255, per channel (image ${i} is ${describeValue(value)})`;
}

/** @throws DataError when a row of soft targets is not a distribution */
function checkDistributions(rows: Float32Array, classes: number): void {
  for (let start = 0; start < rows.length; start += classes) {
    let sum = 0;
    let least = 0;
    for (let i = start; i < start + classes; i++) {
      sum += rows[i]!;
      least = Math.min(least, rows[i]!);
    }
    if (Math.abs(sum - 1) < 1e-3 && least >= 0) continue;
    throw new DataError(
      `PictureSource: soft targets of image ${start / classes}: got ${describeValue([...rows.subarray(start, start + classes)])}, ` +
        'expected numbers of at least 0 that sum to 1',
    );
  }
}

/** Returns the rows at `indices` of a matrix with `width` columns. */
export function pickRows(matrix: Float32Array, width: number, indices: readonly number[]): Float32Array {
  const rows = new Float32Array(indices.length * width);
  indices.forEach((from, to) => {
    rows.set(matrix.subarray(from * width, (from + 1) * width), to * width);
  });
  return rows;
}

/**
 * Returns the indices of [the rest, a share of each class], drawn from a seed. A class with two or more images is in
 * both; images without a label are in the rest.
 */
export function splitByClass(
  labels: Uint32Array,
  classes: number,
  share: number,
  seed: number,
): [number[], number[]] {
  const unlabeled = [...labels.keys()].filter((i) => labels[i] === UNLABELED);
  const parts: [number[], number[]] = [unlabeled, []];
  for (let label = 0; label < classes; label++) {
    const members: number[] = [];
    labels.forEach((l, i) => {
      if (l === label) members.push(i);
    });
    shuffle(members, seed + label);
    const taken = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    members.forEach((index, i) => {
      parts[i < taken ? 1 : 0].push(index);
    });
  }
  return parts;
}

class PictureReader implements BatchReader {
  private readonly device: Device;
  private readonly source: PictureSource;
  private readonly options: BatchOptions;
  private readonly labels: Tensor;
  private readonly targets: Tensor | null;
  private readonly bytes: Tensor;
  private readonly table: Tensor;
  private readonly clock: Tensor;

  constructor(device: Device, source: PictureSource, options: BatchOptions) {
    this.device = device;
    this.source = source;
    this.options = options;
    const { batch } = options;
    const largest = source.pictures.reduce((most, picture) => Math.max(most, picture.data.length), 0);
    const make = (shape: number[], label: string, dtype: 'u32' | 'f32' = 'u32') =>
      keep(empty(device, shape, dtype, label, 'data'));
    this.labels = make([batch], 'batch labels');
    this.targets = source.distributions
      ? make([batch, source.classNames.length], 'batch targets', 'f32')
      : null;
    this.bytes = make([batch * Math.ceil(largest / 4)], 'batch bytes');
    this.table = make([batch, 4], 'batch table');
    this.clock = make([4], 'batch clock');
  }

  record(): Batch {
    const { batch, side, augmentation, mean = IMAGENET_MEAN, std = IMAGENET_STD } = this.options;
    const images = empty(this.device, [batch, side, side, 3], 'f32', 'batch pictures');
    const resize = { side, mean, std };
    if (augmentation) augmentInto(images, this.bytes, this.table, this.clock, { ...resize, augmentation });
    else resizeInto(images, this.bytes, this.table, resize);
    return { images, labels: this.labels, ...(this.targets && { targets: this.targets }) };
  }

  load(indices: readonly number[], step = 0, slot = 0): void {
    const { source, options } = this;
    const { bytes, table } = packImages(
      indices.map((i) => source.pictures[i] as Picture),
      options.color,
    );
    this.device.upload(this.bytes, bytes);
    this.device.upload(this.table, table);
    this.labels.write(indices.map((i) => source.labels[i] as number));
    if (this.targets && source.distributions) {
      this.targets.write(pickRows(source.distributions, source.classNames.length, indices));
    }
    if (options.augmentation) {
      const { seed = 0 } = options;
      this.clock.write([...seedWords(seed), step, slot]);
    }
  }

  dispose(): void {
    for (const tensor of [this.labels, this.targets, this.bytes, this.table, this.clock]) tensor?.dispose();
  }
}

/** Shuffles in place (Fisher and Yates) with a 32-bit counter hash: the same seed gives the same order everywhere. */
export function shuffle(list: number[], seed: number): void {
  checkValue('shuffle', 'list', list, (value) => having(value, 'length', 'a list'));
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(hashToUnit(seed, i) * (i + 1));
    [list[i], list[j]] = [list[j] as number, list[i] as number];
  }
}

/** Returns a number in [0, 1) from two integers (the finalizer of MurmurHash3). */
function hashToUnit(seed: number, index: number): number {
  return (murmurMix(Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca77)) >>> 0) / 2 ** 32;
}
