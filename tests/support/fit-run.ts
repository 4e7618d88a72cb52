import type { BatchSource } from '../../src/data/batch-source.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { SoftmaxCenterLoss, type SoftmaxCenterLossOptions } from '../../src/loss/softmax-center-loss.ts';
import { AdamW } from '../../src/optim/adam.ts';
import {
  type EpochEvent,
  type FitEvent,
  type FitOptions,
  type FitResult,
  fit,
  type StepEvent,
  type WarningEvent,
} from '../../src/train/fit.ts';
import { testDevice } from './device.ts';
import { SmallNetwork } from './small-network.ts';
import { tinyPictures } from './tiny-pictures.ts';

export interface RunOptions {
  train?: BatchSource;
  rate?: number;
  seed?: number;
  loss?: SoftmaxCenterLossOptions;
  fit?: Partial<FitOptions>;
  device?: Awaited<ReturnType<typeof testDevice>>;
}

/** Returns a small network and 8 images of 32 x 32 in batches of 4; `start` starts `fit` with these options. */
export async function prepareRun(options: RunOptions = {}) {
  const { train = tinyPictures(8), rate = 1e-2, seed = 1, loss = {} } = options;
  const device = options.device ?? (await testDevice());
  const { classNames } = train;
  const model = new SmallNetwork(classNames).to(device, { seed });
  const joint = new SoftmaxCenterLoss(classNames.length, model.embeddingWidth, loss).to(device, { seed });
  const optimizer = new AdamW(model, { learningRate: rate });
  const base: FitOptions = { train, loss: joint, optimizer, epochs: 2, batch: 4, side: 32, seed };
  return {
    device,
    model,
    joint,
    optimizer,
    start: (changed: Partial<FitOptions> = {}) => fit(model, { ...base, ...options.fit, ...changed }),
    free: () => {
      joint.center?.dispose();
      optimizer.dispose();
      model.dispose();
    },
  };
}

export type { FitEvent };

export interface Drained {
  steps: StepEvent[];
  epochs: EpochEvent[];
  warnings: WarningEvent[];
  result: FitResult;
}

/** Runs an iterator to its end and sorts its events by kind; `see` is awaited for each. */
export async function drain(
  events: AsyncGenerator<FitEvent, FitResult>,
  see: (event: FitEvent) => void | Promise<void> = () => {},
): Promise<Drained> {
  const steps: StepEvent[] = [];
  const epochs: EpochEvent[] = [];
  const warnings: WarningEvent[] = [];
  let next = await events.next();
  for (; !next.done; next = await events.next()) {
    if (next.value.kind === 'step') steps.push(next.value);
    else if (next.value.kind === 'epoch') epochs.push(next.value);
    else warnings.push(next.value);
    await see(next.value);
  }
  return { steps, epochs, warnings, result: next.value };
}

/** The bits of the state, one line per name, so that NaN and -0 are also compared. */
export function stateBits(state: StateDict, wanted: (name: string) => boolean = () => true): string[] {
  return [...state]
    .filter(([name]) => wanted(name))
    .map(([name, { data }]) => {
      const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
      let h = 0x811c9dc5; // FNV-1a over the words, since a line of a million numbers would not be readable
      for (const word of words) h = Math.imul(h ^ word, 0x01000193);
      return `${name}: ${words.length} values, ${(h >>> 0).toString(16)}`;
    });
}

/** Weights proper: all but batch norm's running statistics. */
export const isParameter = (name: string): boolean => !name.includes('running_');
