import { count } from '../../lib/format.ts';
import { Notice } from '../../ui/pieces.tsx';
import { DATA_KINDS } from '../settings.ts';
import { forgetUnfinished, given, isBusy, resumeUnfinished, unfinished } from '../store.ts';

/** Offers to go on with a training that was left. */
export function Unfinished() {
  const saved = unfinished.value;
  if (!saved || isBusy.value) return null;
  const { settings, position, stepsPerEpoch, at } = saved;
  const { data } = settings;
  const needsFiles = (data === 'folder' || data === 'ferplus') && given[data].value.name !== 'ready';
  const step = position.epoch * stepsPerEpoch + position.step;
  const names = new Map(DATA_KINDS);
  return (
    <Notice title="A training is unfinished" testId="unfinished">
      <p>
        {names.get(data)} pictures, {count(step)} of {count(settings.epochs * stepsPerEpoch)} steps done,{' '}
        {new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })}. It goes on as if it
        had never been left.
        {needsFiles && ' Choose the same pictures first: they were not kept.'}
      </p>
      <div class="buttons">
        <button type="button" class="button primary" disabled={needsFiles} onClick={resumeUnfinished}>
          Go on
        </button>
        <button type="button" class="button" onClick={forgetUnfinished}>
          Forget it
        </button>
      </div>
    </Notice>
  );
}
