import { count } from '../../lib/format.ts';
import { Notice } from '../../ui/pieces.tsx';
import { trainsElsewhere } from '../one-tab.ts';
import { DATA_KINDS } from '../settings.ts';
import { forgetUnfinished, given, isBusy, resumeUnfinished, unfinished } from '../store.ts';

/** Offers to resume an unfinished training run. */
export function Unfinished() {
  const saved = unfinished.value;
  if (trainsElsewhere.value) {
    return (
      <Notice title="Another tab is training" testId="elsewhere">
        <p>
          This browser keeps one checkpoint for all tabs. You can train here when that training has ended.
        </p>
      </Notice>
    );
  }
  if (!saved || isBusy.value) return null;
  const { settings, position, stepsPerEpoch, at } = saved;
  const { data } = settings;
  const needsFiles = (data === 'folder' || data === 'ferplus') && given[data].value.name !== 'ready';
  const step = position.epoch * stepsPerEpoch + position.step;
  const names = new Map(DATA_KINDS);
  return (
    <Notice title="You have an unfinished training run" testId="unfinished">
      <p>
        {names.get(data)} pictures, {count(step)} of {count(settings.epochs * stepsPerEpoch)} steps done,{' '}
        {new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}. It resumes exactly
        where it stopped.
        {needsFiles && ' Choose the same folder again first; pictures are never stored.'}
      </p>
      <div class="buttons">
        <button type="button" class="button primary" disabled={needsFiles} onClick={resumeUnfinished}>
          Resume
        </button>
        <button type="button" class="button" onClick={forgetUnfinished}>
          Discard
        </button>
      </div>
    </Notice>
  );
}
