import { isBusy, noGpu } from '../store.ts';
import { isTuning, startTuning, stopTuning, TUNE_SECONDS, tuned } from '../tune.ts';

/** Measures the variants of each kernel for the chosen settings. */
export function Tune() {
  const found = tuned.value;
  return (
    <section>
      <h2>Tuned kernels</h2>
      <p class="hint">
        Measures the variants of each kernel with these settings, for up to {TUNE_SECONDS} s, and keeps the
        fastest in this browser. Runs use them until you close the page.
      </p>
      {isTuning.value ? (
        <button type="button" class="button" onClick={stopTuning}>
          Stop tuning
        </button>
      ) : (
        <button
          type="button"
          class="button"
          disabled={isBusy.value || noGpu.value !== null}
          onClick={startTuning}
        >
          {found && found.left > 0 ? 'Continue tuning' : 'Tune for this GPU'}
        </button>
      )}
      {found && !isTuning.value && (
        <p class="hint" role="status" data-testid="tuned">
          {found.measured > 0 &&
            `${found.faster} of ${found.measured} measured kernels have a faster variant. `}
          {found.known > 0 && `${found.known} were measured before. `}
          {found.left > 0 && `${found.left} are not measured yet.`}
          {found.cacheProblem && ` This browser did not store the result: ${found.cacheProblem}`}
        </p>
      )}
    </section>
  );
}
