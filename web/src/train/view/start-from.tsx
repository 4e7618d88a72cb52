import { hasShipped } from '../../lib/shipped.ts';
import { FileButton } from '../../ui/pieces.tsx';
import {
  forgetWeights,
  startedFrom,
  trainedAt,
  useShipped,
  useWeights,
  weightsLoaded,
} from '../start-weights.ts';
import { isBusy, settings } from '../store.ts';

/** Chooses the initial weights: random, the shipped ones, or from a file. */
export function StartFrom() {
  const name = startedFrom.value;
  const loaded = weightsLoaded.value;
  const side = trainedAt.value;
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
          <span class="ellipsis">{name}</span> ×
        </button>
      ) : (
        <div class="buttons">
          {hasShipped && settings.value.model === 'fer_mobilenetv3' && (
            <button type="button" class="button" disabled={isBusy.value} onClick={useShipped}>
              {loaded ? `Loading, ${(loaded.loaded / 1e6).toFixed(1)} MB` : 'The shipped weights'}
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
      {side !== null && side !== settings.value.side && (
        <span class="hint">
          These weights were trained with an input side of {side}; another one needs more training.
        </span>
      )}
    </div>
  );
}
