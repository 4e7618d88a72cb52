import { expose } from 'comlink';
import {
  Adam,
  backward,
  CrossEntropyLoss,
  createDevice,
  exportTuning,
  FerMobileNetV3,
  noGrad,
  type TunedOperation,
  type TuningTable,
  tune,
  zeros,
} from 'feathergrad';

/** The operations measured by one press of the button. */
export interface Tuned {
  measured: TunedOperation[];
  /** measured by earlier presses, also on earlier visits */
  known: number;
  left: number;
  table: TuningTable | null;
  cacheProblem: string | null;
}

/** Tunes the paper's network for inference and training, on a device of its own. */
class TuneWorker {
  private readonly controller = new AbortController();

  async run(
    { batch, side, seconds }: { batch: number; side: number; seconds: number },
    onProgress: (share: number, key: string) => void,
  ): Promise<Tuned> {
    const device = await createDevice();
    try {
      const model = new FerMobileNetV3().to(device, { seed: 1 });
      const optimizer = new Adam(model);
      const loss = new CrossEntropyLoss();
      const images = zeros(device, [batch, side, side, 3]);
      const labels = zeros(device, [batch], 'u32');
      const works = [
        () => {
          model.eval();
          noGrad(() => model.call(images));
        },
        () => {
          model.train();
          model.zeroGrad();
          backward(loss.call(model.call(images), labels));
          optimizer.step();
          model.zeroGrad();
        },
      ];
      const all: Tuned = { measured: [], known: 0, left: 0, table: null, cacheProblem: null };
      for (const [i, work] of works.entries()) {
        const result = await tune(device, work, {
          budgetMs: (1000 * seconds) / works.length,
          signal: this.controller.signal,
          onProgress: ({ done, total, key }) => onProgress((i + done / total) / works.length, key),
        });
        all.measured.push(...result.measured);
        all.known += result.known;
        all.left += result.left;
        all.cacheProblem ??= result.cacheProblem;
      }
      return { ...all, table: exportTuning(device) };
    } finally {
      device.destroy();
    }
  }

  stop(): void {
    this.controller.abort();
  }
}

export type { TuneWorker };

expose(new TuneWorker());
