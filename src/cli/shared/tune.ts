import type { ImageClassifier } from '../../models/image-classifier.ts';
import { predictionLogits } from '../../models/prediction.ts';
import { zeros } from '../../tensor/create.ts';
import { tune } from '../../tensor/tuner/tune.ts';
import type { TuneOptions, TuningResult } from '../../tensor/tuner/tune-options.ts';
import type { Terminal } from './terminal.ts';

/** The options of `tuneOptions()` as given on the command line. */
export interface TuneChoice {
  tune?: boolean;
  tuneSeconds?: number;
}

/** Calls `measure` with the options of `tune`, shows its progress and prints its result. Does nothing without `--tune`. */
export async function withTuning(
  { tune: isWanted, tuneSeconds }: TuneChoice,
  terminal: Terminal,
  measure: (options: TuneOptions) => Promise<TuningResult>,
): Promise<void> {
  if (!isWanted && tuneSeconds === undefined) return;
  const result = await measure({
    ...(tuneSeconds !== undefined && { budgetMs: 1000 * tuneSeconds }),
    onProgress: ({ done, total, key }) => terminal.progress('tuning', done, total, key),
  });
  terminal.note(describeTuning(result));
  if (result.cacheProblem !== null) {
    terminal.note(`warning: the tuning table was not stored (${result.cacheProblem})`);
  }
}

/** Tunes the device of a model for predictions of a batch. */
export function tunePredictions(
  model: ImageClassifier,
  { batch, side = model.side, mirror = false }: { batch: number; side?: number; mirror?: boolean },
  choice: TuneChoice,
  terminal: Terminal,
): Promise<void> {
  return withTuning(choice, terminal, async (options) => {
    const { device } = model;
    const images = zeros(device, [batch, side, side, 3]);
    try {
      return await tune(device, () => predictionLogits(model, images, { mirror }), options);
    } finally {
      images.dispose();
    }
  });
}

/** Returns one line for a log. */
function describeTuning({ measured, known, left }: TuningResult): string {
  const faster = measured.filter(({ variant }) => variant !== 'default');
  const sum = (of: (one: (typeof measured)[number]) => number) =>
    measured.reduce((total, one) => total + one.count * of(one), 0);
  const times = `${sum(({ defaultMs }) => defaultMs).toFixed(2)} ms by default, ${sum(({ variantMs }) => variantMs).toFixed(2)} ms tuned`;
  const parts = [
    measured.length > 0
      ? `${faster.length} of ${measured.length} measured operations are faster (${times})`
      : '',
    known > 0 ? `${known} measured before` : '',
    left > 0 ? `${left} not measured in time; --tune-seconds sets the time` : '',
  ];
  return `Tuning: ${parts.filter((part) => part !== '').join('; ') || 'no operation has several variants'}`;
}
