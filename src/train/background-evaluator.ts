import type { BatchSource } from '../data/batch-source.ts';
import type { Module } from '../layers/module.ts';
import { type EvaluateOptions, Evaluator } from './evaluate.ts';

/** An evaluator whose kernels are compiled while the first epoch is trained. */
export class BackgroundEvaluator {
  private created: Promise<Evaluator | null> = Promise.resolve(null);
  private failure: { error: unknown } | null = null;

  /** Records the evaluation and begins to compile it. */
  open(
    model: Module,
    source: BatchSource,
    options: Pick<EvaluateOptions, 'batch' | 'side' | 'mirror' | 'ignoreIndex'>,
  ): void {
    const { batch, side, mirror = false, ignoreIndex } = options;
    this.created = Evaluator.create(model, source, { batch, side, mirror, ignoreIndex });
    this.created.catch((error: unknown) => {
      this.failure = { error };
    });
  }

  /** @throws the error of the compilation, if it has failed */
  throwIfFailed(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Resolves to the evaluator when it is compiled; to null if none was opened. */
  evaluator(): Promise<Evaluator | null> {
    return this.created;
  }

  async dispose(): Promise<void> {
    (await this.created.catch(() => null))?.dispose();
  }
}
