import { FileButton } from '../../ui/pieces.tsx';
import { forgetWeights, isBusy, startedFrom, useWeights } from '../store.ts';

/** Chooses the initial weights: random or from a file. */
export function StartFrom() {
  const name = startedFrom.value;
  return (
    <div class="field">
      <span class="soft">Start from</span>
      {name ? (
        <button
          type="button"
          class="button"
          disabled={isBusy.value}
          title="Start from random weights again"
          onClick={forgetWeights}
        >
          {name} ×
        </button>
      ) : (
        <FileButton
          accept=".safetensors,.pth,.pt"
          disabled={isBusy.value}
          testId="weights-input"
          onFiles={([file]) => file && useWeights(file)}
        >
          Choose a file …
        </FileButton>
      )}
      {!name && <span class="hint">Random weights unless you choose a file.</span>}
    </div>
  );
}
