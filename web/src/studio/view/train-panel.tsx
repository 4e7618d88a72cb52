import { count, duration, percent } from '../../lib/format.ts';
import { Choice, Notice } from '../../ui/pieces.tsx';
import { discardInterrupted, interrupted } from '../interrupted.ts';
import { PRESET_TEXTS, PRESETS, type PresetName } from '../plan.ts';
import { fingerprintOf, type Subject } from '../project.ts';
import { curves, isBusy, notes, progress, runOf, runState } from '../run.ts';
import { findFaces, reading } from '../shots.ts';
import { project, shots, trained, update, usable } from '../store.ts';
import { ADVISED, isResumable, learningRate, missing, resume, stop, train, trainSlower } from '../train.ts';
import { Advanced } from './advanced.tsx';
import { RunChart } from './run-chart.tsx';
import { SaveModel } from './save-model.tsx';

const SUBJECTS = [
  ['anything', 'Anything'],
  ['faces', 'Faces'],
] as const;

/** What the pictures show, the plan, the button that trains, and the result. */
export function TrainPanel() {
  const { subject, plan, classes } = project.value;
  const lack = missing();
  const few = classes.length > 0 && usable.value.length < ADVISED * classes.length;
  return (
    <section class="panel train-panel" aria-labelledby="train">
      <h2 id="train">Train</h2>
      <Choice
        label="What the pictures show"
        value={subject}
        options={SUBJECTS}
        disabled={isBusy.value}
        onChange={(value: Subject) => {
          void update({ subject: value }).then(findFaces);
        }}
      />
      <p class="soft small">
        {subject === 'faces'
          ? 'The largest face of each picture is cut out, for training and for recognition.'
          : 'The square in the middle of each picture is used, for training and for recognition.'}
      </p>
      <Choice
        label="Preset"
        value={plan.preset}
        options={PRESETS}
        disabled={isBusy.value}
        onChange={(preset: PresetName) => update({ plan: { ...plan, preset, changes: {} } })}
      />
      <p class="soft small">{PRESET_TEXTS[plan.preset]}</p>
      <div class="buttons">
        {isBusy.value ? (
          <button type="button" class="button" disabled={runState.value.name === 'stopping'} onClick={stop}>
            Stop and keep the best
          </button>
        ) : (
          <button
            type="button"
            class="button primary large"
            disabled={lack !== null || reading.value !== null}
            onClick={train}
          >
            {trained.value ? 'Train again' : 'Train'}
          </button>
        )}
      </div>
      {!isBusy.value && lack && <p class="small">{lack}</p>}
      {!isBusy.value && !lack && few && (
        <p class="soft small">About {ADVISED} or more pictures per class give a better result.</p>
      )}
      <InterruptedOffer />
      <RunStatus />
      <Outcome />
      <SaveModel />
      <Advanced />
    </section>
  );
}

/** Offers to resume a training that ended with its tab or with a failure. */
function InterruptedOffer() {
  const found = interrupted.value;
  if (!found || isBusy.value || found.project !== project.value.id) return null;
  const { step, steps, at } = found;
  const isCurrent = isResumable(found);
  const discard = () => discardInterrupted(project.value.id);
  return (
    <Notice title="This training was interrupted" testId="interrupted">
      <p>
        {count(step)} of at most {count(steps)} steps were done on{' '}
        {new Date(at).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short' })}.{' '}
        {isCurrent
          ? 'It resumes exactly after its last stored epoch.'
          : 'The pictures or classes have changed since then, so it cannot be resumed. Your pictures are all there: train again.'}
      </p>
      <div class="buttons">
        {isCurrent && (
          <button type="button" class="button primary" disabled={reading.value !== null} onClick={resume}>
            Resume
          </button>
        )}
        <button type="button" class="button" onClick={discard}>
          Discard
        </button>
      </div>
    </Notice>
  );
}

/** Progress of the run: text, bar and curves. */
function RunStatus() {
  const state = runState.value;
  const now = progress.value;
  if (runOf.value !== project.value.id && state.name !== 'failed') return null;
  if (state.name === 'idle') return null;
  const share = state.name === 'preparing' ? state.share : isBusy.value && now ? now.step / now.steps : null;
  return (
    <>
      <div role="status" data-testid="run-state">
        <p class="small">{describe()}</p>
        {isBusy.value && (
          <div
            class={share === null ? 'progress unknown' : 'progress'}
            role="progressbar"
            aria-label="Progress of training"
            aria-valuenow={share === null ? undefined : Math.round(100 * share)}
          >
            <i style={{ '--share': share ?? 1 }} />
          </div>
        )}
      </div>
      {notes.value.map((text) => (
        <p key={text} class="soft small">
          {text}
        </p>
      ))}
      {state.name === 'failed' && (
        <Notice title={state.title} kind="bad" testId="failure">
          <p>{state.message}</p>
          {state.isDiverged && (
            <button type="button" class="button" onClick={trainSlower}>
              Try again with a tenth of the learning rate ({Number((learningRate() / 10).toPrecision(2))})
            </button>
          )}
        </Notice>
      )}
      {curves.value.steps.length > 1 && <RunChart curves={curves.value} />}
    </>
  );
}

function describe(): string {
  const state = runState.value;
  const now = progress.value;
  switch (state.name) {
    case 'preparing':
      return `${state.text} …`;
    case 'training': {
      const part = state.stages > 1 ? `Part ${state.index + 1} of ${state.stages}: ` : '';
      return `${part}${state.stage.toLowerCase()}${now ? `, step ${count(now.step)} of at most ${count(now.steps)}` : ''}`;
    }
    case 'stopping':
      return 'Stopping …';
    case 'ended':
      return ENDINGS[state.how];
    case 'failed':
      return 'Not trained';
    default:
      return '';
  }
}

const ENDINGS = {
  finished: 'Finished. The best weights are kept.',
  early: 'Finished early, because accuracy no longer rose. The best weights are kept.',
  stopped: 'Stopped. The best weights so far are kept.',
} as const;

/** The result of the latest training of this project. */
function Outcome() {
  const { result } = project.value;
  if (!result || isBusy.value || !trained.value) return null;
  const { accuracy, validated, seconds, steps, at } = result;
  const isOld = result.pictures !== fingerprintOf(project.value, shots.value);
  const right = accuracy === null ? null : Math.round(accuracy * validated);
  return (
    <div class="outcome" data-testid="outcome">
      {accuracy !== null && (
        <p>
          <b class="score">{percent(accuracy)}</b> <span class="soft">correct on held-out pictures</span>
        </p>
      )}
      <p class="soft small">
        {right !== null && `${count(right)} of ${count(validated)} pictures that were not trained on. `}
        {count(steps)} steps{seconds !== null && ` in ${duration(seconds)} min`},{' '}
        {new Date(at).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short' })}.
      </p>
      {isOld && (
        <p class="small">The pictures or classes have changed since then. Train again to use them.</p>
      )}
      {runOf.value !== project.value.id && result.curves.steps.length > 1 && (
        <details>
          <summary>Curves of this training</summary>
          <RunChart curves={result.curves} />
        </details>
      )}
    </div>
  );
}
