import type { Device } from '../gpu/device.ts';
import { IMAGENET_MEAN, IMAGENET_STD } from '../models/fer-mobilenetv3/config.ts';
import { packImages, resizeInto } from '../tensor/image.ts';
import { keep } from '../tensor/scope.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Batch, BatchOptions, BatchReader, BatchSource } from './batch-source.ts';
import { DataError } from './data-error.ts';
import type { Picture } from './picture.ts';

/**
 * Pictures kept as bytes in host memory. A batch is uploaded as bytes and resized and normalised on
 * the GPU, so pictures of any sizes may be mixed.
 */
export class PictureSource implements BatchSource {
  readonly classNames: readonly string[];
  readonly length: number;
  readonly order = 'shuffle';
  readonly pictures: readonly Picture[];
  readonly labels: Uint32Array;

  /** @throws DataError for no picture, and for labels that do not fit pictures and classes */
  constructor(data: {
    pictures: readonly Picture[];
    /** the class of each picture: an index into `classNames` */
    labels: Uint32Array;
    classNames: readonly string[];
  }) {
    if (data.pictures.length === 0) throw new DataError('PictureSource: no picture to train on');
    if (data.pictures.length !== data.labels.length) {
      throw new DataError(`PictureSource: ${data.pictures.length} pictures but ${data.labels.length} labels`);
    }
    const beyond = data.labels.findIndex((label) => label >= data.classNames.length);
    if (beyond >= 0) {
      throw new DataError(
        `PictureSource: picture ${data.pictures[beyond]?.name} has label ${data.labels[beyond]}, there are ${data.classNames.length} classes`,
      );
    }
    this.pictures = data.pictures;
    this.labels = data.labels;
    this.classNames = data.classNames;
    this.length = data.pictures.length;
  }

  open(device: Device, options: BatchOptions): BatchReader {
    return new PictureReader(device, this, options);
  }

  /** Splits off a share of each class, drawn on a seed: [rest, share]. A class of two or more is in both. */
  split(share: number, seed: number): [PictureSource, PictureSource] {
    const parts: [number[], number[]] = [[], []];
    this.classNames.forEach((_, label) => {
      const members: number[] = [];
      this.labels.forEach((l, i) => {
        if (l === label) members.push(i);
      });
      shuffle(members, seed + label);
      const taken = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
      parts[1].push(...members.slice(0, taken));
      parts[0].push(...members.slice(taken));
    });
    return [this.pick(parts[0]), this.pick(parts[1])];
  }

  private pick(indices: readonly number[]): PictureSource {
    return new PictureSource({
      pictures: indices.map((i) => this.pictures[i] as Picture),
      labels: Uint32Array.from(indices, (i) => this.labels[i] as number),
      classNames: this.classNames,
    });
  }
}

class PictureReader implements BatchReader {
  private readonly device: Device;
  private readonly source: PictureSource;
  private readonly options: BatchOptions;
  private readonly labels: Tensor;
  private readonly bytes: Tensor;
  private readonly table: Tensor;

  constructor(device: Device, source: PictureSource, options: BatchOptions) {
    this.device = device;
    this.source = source;
    this.options = options;
    const { batch } = options;
    const largest = source.pictures.reduce((most, picture) => Math.max(most, picture.data.length), 0);
    const make = (shape: number[], label: string) => keep(empty(device, shape, 'u32', label, 'data'));
    this.labels = make([batch], 'batch labels');
    this.bytes = make([batch * Math.ceil(largest / 4)], 'batch bytes');
    this.table = make([batch, 4], 'batch table');
  }

  record(): Batch {
    const { batch, side } = this.options;
    const images = empty(this.device, [batch, side, side, 3], 'f32', 'batch pictures');
    resizeInto(images, this.bytes, this.table, { side, mean: IMAGENET_MEAN, std: IMAGENET_STD });
    return { images, labels: this.labels };
  }

  load(indices: readonly number[]): void {
    const { bytes, table } = packImages(indices.map((i) => this.source.pictures[i] as Picture));
    this.device.upload(this.bytes, bytes);
    this.device.upload(this.table, table);
    this.labels.write(indices.map((i) => this.source.labels[i] as number));
  }

  dispose(): void {
    for (const tensor of [this.labels, this.bytes, this.table]) tensor.dispose();
  }
}

/** Fisher and Yates, in place, by a 32-bit counter hash: the same seed gives the same order everywhere. */
export function shuffle(list: number[], seed: number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(hashToUnit(seed, i) * (i + 1));
    [list[i], list[j]] = [list[j] as number, list[i] as number];
  }
}

/** A number in [0, 1) from two integers (the finaliser of MurmurHash3 over their mix). */
function hashToUnit(seed: number, index: number): number {
  let h = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca77)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
