import { callable, checkOptions, integer, type OptionRules, oneOf } from '../gpu/check-options.ts';
import type { Device } from '../gpu/device.ts';
import { type BatchOptions, type BatchReader, type BatchSource, checkOpen } from './batch-source.ts';
import { DataError } from './data-error.ts';
import { Fingerprint } from './fingerprint.ts';
import type { Picture } from './picture.ts';
import {
  checkSplit,
  LABEL_DATA,
  PictureSource,
  pickRows,
  splitByClass,
  UNLABELED,
} from './picture-source.ts';

/** Data of `PictureStream`. */
export interface PictureStreamData {
  /** decodes image `index`; called whenever a batch needs it */
  read: (index: number) => Promise<Picture>;
  /** the class of each image: an index into `classNames` */
  labels: Uint32Array;
  classNames: readonly string[];
  /** bytes of the largest image that `read` returns (width x height x channels) */
  largest: number;
  /** soft targets [images, classes], rows sum to 1 */
  distributions?: Float32Array;
  /** 'gray' if all images are known to be gray (default: unknown) */
  color?: 'rgb' | 'gray';
  /** name of each image, such as its path; needed for soft targets from a file */
  names?: readonly string[];
}

const DATA: OptionRules<PictureStreamData> = /* @__PURE__ */ (() => ({
  read: callable,
  largest: (v) => integer(v, 1),
  color: (v) => oneOf(v, ['rgb', 'gray']),
  names: (v) =>
    Array.isArray(v) && v.every((name) => typeof name === 'string') ? undefined : 'an array of strings',
  ...LABEL_DATA,
}))();

/**
 * Labeled images that are read and decoded when batches need them, for data sets larger than memory. Only the images of
 * the current and the next batch are in memory. Its batches are equal to those of a `PictureSource`.
 */
export class PictureStream implements BatchSource {
  readonly classNames: readonly string[];
  readonly length: number;
  readonly order = 'shuffle';
  readonly labels: Uint32Array;
  private readonly data: PictureStreamData;

  /** @throws DataError when there are no images, or labels do not fit the classes */
  constructor(data: PictureStreamData) {
    checkOptions('PictureStream', data, DATA, ['read', 'labels', 'classNames', 'largest']);
    const { read: _read, largest: _largest, color: _color, names, ...rest } = data;
    new PictureSource({ ...rest, pictures: placeholders(data) }); // for its checks
    if (names && names.length !== data.labels.length) {
      throw new DataError(
        `PictureStream: got ${names.length} names and ${data.labels.length} labels, expected one name per image`,
      );
    }
    this.data = data;
    this.labels = data.labels;
    this.classNames = data.classNames;
    this.length = data.labels.length;
  }

  /** hash of labels and soft targets only, because the images are not in memory */
  get fingerprint(): string {
    const { labels, distributions } = this.data;
    const print = new Fingerprint().add(labels);
    if (distributions) print.add(new Uint8Array(Float32Array.from(distributions).buffer));
    return print.toString();
  }

  /** the color that was passed to the constructor */
  get color(): 'rgb' | 'gray' | undefined {
    return this.data.color;
  }

  get hasTargets(): boolean {
    return this.data.distributions !== undefined;
  }

  /** soft targets [images, classes], rows sum to 1 */
  get distributions(): Float32Array | null {
    return this.data.distributions ?? null;
  }

  /** name of each image, if the constructor received them */
  get names(): readonly string[] | undefined {
    return this.data.names;
  }

  /** Decodes one image. */
  picture(index: number): Promise<Picture> {
    return this.data.read(index);
  }

  open(device: Device, options: BatchOptions): BatchReader {
    checkOpen('PictureStream.open', device, options);
    return new StreamReader(device, this.data, options);
  }

  /**
   * Splits off a random fraction of each class and returns [rest, share], with the same images as
   * `PictureSource.split`.
   */
  split(share: number, seed: number): [PictureStream, PictureStream] {
    checkSplit('PictureStream.split', share, seed);
    const [rest, taken] = splitByClass(this.labels, this.classNames.length, share, seed);
    return [this.pick(rest), this.pick(taken)];
  }

  /** Returns the same images with other data, such as soft targets, or images that `read` changes. */
  with(changes: Partial<Pick<PictureStreamData, 'read' | 'distributions'>>): PictureStream {
    return new PictureStream({ ...this.data, ...changes });
  }

  /** Returns the images with other class names, like `PictureSource.relabel`. */
  relabel(classNames: readonly string[], positions: readonly number[]): PictureStream {
    const { read, largest, color, names } = this.data;
    const kept = [...this.labels.keys()].filter((i) => positions[this.labels[i]!] !== -1);
    const labels = Uint32Array.from(kept, (i) => positions[this.labels[i]!] ?? UNLABELED);
    return new PictureStream({
      read: (index) => read(kept[index]!),
      largest,
      labels,
      classNames,
      ...(color && { color }),
      ...(names && { names: kept.map((index) => names[index]!) }),
    });
  }

  private pick(indices: readonly number[]): PictureStream {
    const { read, distributions, labels, names, ...data } = this.data;
    return new PictureStream({
      ...data,
      read: (index) => read(indices[index]!),
      labels: Uint32Array.from(indices, (index) => labels[index]!),
      ...(names && { names: indices.map((index) => names[index]!) }),
      ...(distributions && { distributions: pickRows(distributions, this.classNames.length, indices) }),
    });
  }
}

/** A reader of a `PictureSource` whose images are set before each batch and removed after it. */
class StreamReader implements BatchReader {
  private readonly data: PictureStreamData;
  private readonly pictures: Picture[];
  private readonly empty: Picture;
  private readonly reader: BatchReader;
  /** batches that were prepared and not yet loaded, by their indices */
  private readonly batches = new Map<string, Promise<Picture[]>>();
  private readonly ready = new Map<string, Picture[]>();

  constructor(device: Device, data: PictureStreamData, options: BatchOptions) {
    this.data = data;
    this.pictures = placeholders(data);
    this.empty = this.pictures[0]!;
    const { read: _read, largest: _largest, color: _color, names: _names, ...rest } = data;
    this.reader = new PictureSource({ ...rest, pictures: this.pictures }).open(device, options);
  }

  record() {
    return this.reader.record();
  }

  async prepare(indices: readonly number[]): Promise<void> {
    const key = indices.join();
    let batch = this.batches.get(key);
    if (!batch) {
      batch = Promise.all([...new Set(indices)].map((index) => this.read(index)));
      this.batches.set(key, batch);
    }
    try {
      this.ready.set(key, await batch);
    } catch (error) {
      this.batches.delete(key);
      throw error;
    }
  }

  load(...args: Parameters<BatchReader['load']>): void {
    const [indices] = args;
    const key = indices.join();
    const batch = this.ready.get(key);
    if (!batch)
      throw new Error(
        'PictureStream: load() was called before prepare() of this batch had resolved. Await prepare() first.',
      );
    const distinct = [...new Set(indices)];
    distinct.forEach((index, i) => {
      this.pictures[index] = batch[i]!;
    });
    this.reader.load(...args);
    for (const index of distinct) this.pictures[index] = this.empty;
    this.ready.delete(key);
    this.batches.delete(key);
  }

  dispose(): void {
    this.ready.clear();
    this.batches.clear();
    this.reader.dispose();
  }

  private async read(index: number): Promise<Picture> {
    const picture = await this.data.read(index);
    if (picture.data.length <= this.data.largest) return picture;
    throw new DataError(
      `PictureStream: ${picture.name} has ${picture.data.length} bytes, expected at most ${this.data.largest} ("largest"). ` +
        'Did the file change?',
    );
  }
}

/** The same placeholder stands for every image, so that a reader allocates memory for the largest one. */
function placeholders({ labels, largest }: PictureStreamData): Picture[] {
  const data = new Uint8Array(largest);
  const empty: Picture = { width: largest, height: 1, channels: 1, data, name: 'not read yet' };
  return new Array<Picture>(labels.length).fill(empty);
}
