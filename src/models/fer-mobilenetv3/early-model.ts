import type { OnCompile } from '../../gpu/compile-progress.ts';
import type { Device } from '../../gpu/device.ts';
import { dropOverwritten } from '../../gpu/overwritten.ts';
import { recordedBy } from '../../gpu/recorded-by.ts';
import type { ImageClassifier } from '../image-classifier.ts';
import type { OnParts } from './download.ts';
import { pause } from './fetch-weights.ts';
import { headerListener } from './weights-header.ts';

/** Kernels that are compiled at the same time. The download's end waits for these at most. */
const AT_ONCE = 4;

/** An image for `predict`. */
const BLANK = { width: 1, height: 1, data: new Uint8Array(4) };

/**
 * A network that is put on the device while its weights are being downloaded, as soon as the header of the file has
 * arrived. As long as the download lasts, the kernels of `predict` for one image are compiled, and with `onCompile` the
 * network is then run once, because some drivers compile a kernel when it first runs.
 */
export class EarlyModel<M extends ImageClassifier> {
  /** kernels compiled so far, of `total` */
  done = 0;
  total = 0;
  /** whether the network has run */
  hasRun = false;
  private readonly opening: Promise<Device>;
  private readonly create: (header: string) => M;
  private readonly onCompile: OnCompile | undefined;
  private header: string | null = null;
  /** whether another attempt of the download found another file */
  private isStale = false;
  private isOver = false;
  private placing: Promise<M | null> = Promise.resolve(null);
  private compiling: Promise<void> = Promise.resolve();

  /** @param create returns the network of a file, not on a device */
  constructor(opening: Promise<Device>, create: (header: string) => M, onCompile: OnCompile | undefined) {
    this.opening = opening;
    this.create = create;
    this.onCompile = onCompile;
  }

  /** The listener to the download's parts. */
  readonly onParts: OnParts = headerListener((header) => {
    if (this.header !== null) {
      this.isStale ||= header !== this.header;
      return;
    }
    this.header = header;
    // what is wrong with the file or the device is reported when the whole file is there
    this.placing = this.place(header).catch(() => null);
    this.compiling = this.placing.then((model) => (model ? this.compile(model) : undefined)).catch(() => {});
  });

  /**
   * Returns the network when the download has ended: on the device, but with undefined weights. Null if there is none,
   * or if it belongs to another file.
   */
  async take(): Promise<M | null> {
    this.isOver = true;
    const model = await this.placing;
    if (!this.isStale) return model;
    await this.drop();
    return null;
  }

  /** Waits for the kernels whose compilation has begun, since otherwise they would be compiled twice. */
  settled(): Promise<void> {
    return this.compiling;
  }

  /** Frees the network. */
  async drop(): Promise<void> {
    this.isOver = true;
    (await this.placing)?.dispose();
  }

  private async place(header: string): Promise<M | null> {
    const device = await this.opening;
    await pause();
    if (this.isOver) return null;
    const model = this.create(header).eval();
    await pause();
    model.to(device);
    dropInitialValues(model);
    await pause();
    return model;
  }

  private async compile(model: M): Promise<void> {
    if (this.isOver || this.isStale) return;
    const { device } = model;
    const list = recordedBy(device, () => model.logitsOf([BLANK], model.mirror).dispose());
    const missing = [...new Set(list.map(({ entry }) => entry))].filter(({ pipeline }) => !pipeline);
    this.total = missing.length;
    this.report();
    const compileSome = async () => {
      while (!this.isOver) {
        const entry = missing.shift();
        if (!entry) return;
        await device.pipelines.compile([entry]); // an error is reported when the kernel is needed
        this.done++;
        this.report();
      }
    };
    await device.wait(Promise.all(Array.from({ length: AT_ONCE }, compileSome)));
    if (!this.onCompile || this.isOver) return;
    await model.predict(BLANK);
    this.hasRun = true;
  }

  private report(): void {
    if (!this.isStale) this.onCompile?.({ kind: 'compile', done: this.done, total: this.total });
  }
}

/** Drops the computation of all values that the weights will replace. */
function dropInitialValues(model: ImageClassifier): void {
  const buffers = [...model.namedBuffers()].filter(([, { persistent }]) => persistent);
  for (const [, { value }] of [...model.namedParameters(), ...buffers]) {
    dropOverwritten(model.device.recorded, value);
  }
}
