import { FileButton } from '../../ui/pieces.tsx';
import { forgetWeights, isBusy, startedFrom, useWeights } from '../store.ts';

/** Fresh weights, or those of a file. */
export function StartFrom() {
  const name = startedFrom.value;
  return (
    <div class="field">
      <span class="soft">Starts from</span>
      {name ? (
        <button
          type="button"
          class="button"
          disabled={isBusy.value}
          title="Start from fresh weights again"
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
          Fresh weights
        </FileButton>
      )}
    </div>
  );
}
