import { hasShipped } from '../../lib/shipped.ts';
import { FileButton } from '../../ui/pieces.tsx';
import { forgetWeights, isBusy, settings, startedFrom, useShipped, useWeights } from '../store.ts';

/** Chooses the initial weights: random, the shipped ones, or from a file. */
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
        <div class="row">
          {hasShipped && settings.value.model === 'fer_mobilenetv3' && (
            <button type="button" class="button" disabled={isBusy.value} onClick={useShipped}>
              The shipped weights
            </button>
          )}
          <FileButton
            accept=".safetensors,.pth,.pt"
            disabled={isBusy.value}
            testId="weights-input"
            onFiles={([file]) => file && useWeights(file)}
          >
            Choose a file …
          </FileButton>
        </div>
      )}
      {!name && <span class="hint">Random weights unless you choose others.</span>}
    </div>
  );
}
