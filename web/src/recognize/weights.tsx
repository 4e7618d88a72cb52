import { count } from '../lib/format.ts';
import { hasShipped } from '../lib/shipped.ts';
import { FileButton, Notice } from '../ui/pieces.tsx';
import {
  isLoading,
  loaded,
  model,
  previous,
  projectModels,
  trained,
  useFile,
  usePrevious,
  useProject,
  useShipped,
  useTrained,
  weightsFrom,
} from './store.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Chooses the weights: built-in, trained on this page, or from a file. */
export function Weights() {
  const now = weightsFrom.value;
  const facts = model.value;
  return (
    <section class="panel weights" aria-labelledby="weights">
      <div class="panel-head">
        <h2 id="weights">Weights</h2>
        {now && (
          <span class="soft small" data-testid="weights-from">
            {now.about}
          </span>
        )}
      </div>
      {!facts && !isLoading.value && (
        <Notice title="No weights yet">
          <p>
            {hasShipped
              ? 'Load the built-in weights or choose a file.'
              : 'This copy of the page has no built-in weights. Train your own on drawn faces in about a minute, or choose a file.'}
          </p>
        </Notice>
      )}
      {facts && (
        <p class="soft small">
          {facts.network === 'paper' ? 'FER-MobileNetV3' : facts.network}, {count(facts.parameters)}{' '}
          parameters, input {facts.side} × {facts.side}, {facts.classNames.length} classes
        </p>
      )}
      <div class="buttons">
        {loaded.value && (
          <p class="soft small" role="status">
            Loading the weights, {megabytes(loaded.value.loaded)}
            {loaded.value.total !== null && ` of ${megabytes(loaded.value.total)}`}
          </p>
        )}
        {hasShipped && (
          <button type="button" class="button" disabled={isLoading.value} onClick={useShipped}>
            Built-in (FER+)
          </button>
        )}
        {trained.value !== null ? (
          <button type="button" class="button" disabled={isLoading.value} onClick={useTrained}>
            Trained here: {trained.value}
          </button>
        ) : (
          <a class="button" href="#/studio">
            Train your own
          </a>
        )}
        {previous.value !== null && (
          <button type="button" class="button" disabled={isLoading.value} onClick={usePrevious}>
            <span class="ellipsis">Before that: {previous.value}</span>
          </button>
        )}
        {projectModels.value.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            class="button"
            disabled={isLoading.value}
            onClick={() => useProject(id)}
          >
            <span class="ellipsis">Studio: {name}</span>
          </button>
        ))}
        <FileButton
          accept=".safetensors,.pth,.pt"
          disabled={isLoading.value}
          testId="weights-input"
          onFiles={([file]) => file && useFile(file)}
        >
          Choose a file
        </FileButton>
      </div>
    </section>
  );
}
