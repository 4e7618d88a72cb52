import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../../app/no-webgpu.tsx';
import { Notice } from '../../ui/pieces.tsx';
import { UndoOffer } from '../../ui/undo-offer.tsx';
import { shots } from '../shots.ts';
import {
  classNames,
  findUnfinished,
  given,
  isBusy,
  isFromLink,
  lastStep,
  noGpu,
  notes,
  openGpu,
  problem,
  runState,
  set,
  settings,
  start,
  wrongInAddress,
} from '../store.ts';
import { Charts } from './charts.tsx';
import { Confusion } from './confusion.tsx';
import { Controls } from './controls.tsx';
import { Faces } from './faces.tsx';
import { Layers } from './layers.tsx';
import { Figures } from './live.tsx';
import { Scatter } from './scatter.tsx';
import { SetUp } from './set-up.tsx';
import { Sheet } from './sheet.tsx';
import { Unfinished } from './unfinished.tsx';

export function TrainView() {
  useEffect(() => {
    openGpu();
    findUnfinished();
  }, []);
  if (noGpu.value !== null) return <NoWebGpu why={noGpu.value} />;
  const state = runState.value;
  const hasRun = lastStep.value !== null || state.name === 'preparing' || state.name === 'running';
  const names = classNames.value;
  return (
    <>
      <div class="page-head">
        <h1>Train a network to read faces</h1>
        <p>
          On your own GPU, in this page, with every setting. For your own classes in a few minutes, use the{' '}
          <a href="#/studio">Studio</a>.
        </p>
      </div>
      <div class={hasRun ? 'train has-run' : 'train'}>
        <SetUp />
        <div class="work">
          <div class="bar">
            <Controls />
            <p class="state soft" role="status" data-testid="state">
              {describe(state)}
            </p>
          </div>
          {wrongInAddress.value.length > 0 && (
            <Notice title="This link contains invalid settings">
              <p>{wrongInAddress.value.join('\n')}</p>
            </Notice>
          )}
          {problem.value && (
            <Notice title="Something went wrong" kind="bad" testId="problem">
              <p>{problem.value}</p>
            </Notice>
          )}
          <LinkExpects />
          <Unfinished />
          {notes.value.length > 0 && (
            <Notice title="About this run" testId="note">
              {notes.value.map((text) => (
                <p key={text}>{text}</p>
              ))}
            </Notice>
          )}
          {state.name === 'failed' && (
            <Notice title={state.title} kind="bad" testId="failure">
              <p>{state.message}</p>
              {state.lowerRate !== null && <LowerRate rate={state.lowerRate} />}
            </Notice>
          )}
          {hasRun ? (
            <>
              <Figures />
              <Charts />
              <Faces names={names} />
              <div class="pair">
                <Confusion names={names} />
                <Scatter names={names} />
              </div>
              <Layers />
            </>
          ) : (
            <Sheet />
          )}
        </div>
      </div>
      <UndoOffer />
    </>
  );
}

/** Starts again with a lower learning rate. */
function LowerRate({ rate }: { rate: number }) {
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        set('learningRate', rate);
        void start();
      }}
    >
      Try again with a tenth of the learning rate ({rate})
    </button>
  );
}

/** Says what a link cannot carry. */
function LinkExpects() {
  const { data } = settings.value;
  if (data === 'drawn' || !isFromLink.value || isBusy.value) return null;
  const hasData = data === 'shots' ? shots.value.length > 0 : given[data].value.name === 'ready';
  if (hasData) return null;
  return (
    <Notice title="This link carries settings, but no pictures" testId="link-expects">
      <p>{EXPECTED[data]}</p>
    </Notice>
  );
}

const EXPECTED = {
  folder:
    'It expects a folder of your own, with one subfolder per class. Choose it below “Pictures”, then press Start.',
  ferplus:
    'It expects the files of FER+, which you have to download yourself. Choose them below “Pictures”, then press Start.',
  shots: 'It expects webcam images of your own. Take some of each class below “Pictures”, then press Start.',
} as const;

function describe(state: typeof runState.value): string {
  switch (state.name) {
    case 'idle':
      return 'Ready';
    case 'preparing':
      return `${state.text} …`;
    case 'running':
      return 'Training';
    case 'paused':
      return 'Paused';
    case 'ended': {
      const kept = state.bestEpoch > 0 ? `; kept the weights of epoch ${state.bestEpoch}` : '';
      return state.how === 'finished' ? `Finished${kept}` : `Stopped${kept}`;
    }
    case 'failed':
      return 'Not running';
  }
}
