import { expectModule } from '../layers/expect-module.ts';
import { inEvaluation, startTraining } from '../layers/in-evaluation.ts';
import { noGrad } from '../tensor/tape.ts';
import { type Clocks, tune } from '../tensor/tuner/tune.ts';
import type { TuneOptions, TuningResult } from '../tensor/tuner/tune-options.ts';
import type { Classifier } from './classifier.ts';
import { checkFitOptions, type FitOptions } from './fit-options.ts';
import { closeInput, openInput } from './step-input.ts';
import { recordPart, recordUpdate } from './step-recording.ts';

/**
 * Tunes the model's device for the training step of `fit(model, options)` and, with `valid`, for its validation. The step is
 * recorded, but not run: weights, optimizer and gradients do not change. Call it before `fit`.
 * @throws Error as `tune`, and as `fit` for options that are unknown, out of range, or do not fit the model
 */
export async function tuneTraining(
  model: Classifier,
  options: FitOptions,
  tuneOptions: TuneOptions = {},
  clocks: Clocks = {},
): Promise<TuningResult> {
  expectModule('tuneTraining', model);
  checkFitOptions(model, options);
  const modes = [...model.namedModules()].map(([, module]) => [module, module.requestedMode] as const);
  const input = openInput(model, options);
  try {
    const work = () => {
      startTraining(model);
      model.zeroGrad();
      recordPart(model, options, input);
      recordUpdate(model, options, input);
      model.zeroGrad();
      if (!options.valid) return;
      const { images } = input.reader.record();
      inEvaluation(model, () => noGrad(() => model.call(images)));
    };
    return await tune(model.device, work, tuneOptions, clocks);
  } finally {
    for (const [module, mode] of modes) module.requestedMode = mode;
    model.zeroGrad();
    closeInput(input);
  }
}
