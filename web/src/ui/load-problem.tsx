import { messageOf } from '../lib/errors.ts';
import { Notice } from './pieces.tsx';

/**
 * Says that a part of the app could not be loaded, with a button that tries again. Some browsers remember a failed
 * import until the page is reloaded, so there is a button for that, too.
 */
export function LoadProblem(props: { title: string; error: unknown; onRetry: () => void }) {
  return (
    <Notice title={props.title} kind="bad" testId="load-problem">
      <p>
        {navigator.onLine
          ? 'The app may have been updated since you opened it. If trying again does not help, reload the page.'
          : 'You are offline. Connect to the internet and try again.'}
      </p>
      <div class="buttons">
        <button type="button" class="button primary" onClick={props.onRetry}>
          Try again
        </button>
        <button type="button" class="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
      <details>
        <summary>Error message</summary>
        <p class="small">{messageOf(props.error)}</p>
      </details>
    </Notice>
  );
}
