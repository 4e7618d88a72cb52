import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../../app/no-webgpu.tsx';
import { Notice } from '../../ui/pieces.tsx';
import {
  classNames,
  findUnfinished,
  lastStep,
  noGpu,
  notes,
  openGpu,
  problem,
  runState,
  set,
  settings,
  wrongInAddress,
} from '../store.ts';
import { Confusion } from './confusion.tsx';
import { Controls } from './controls.tsx';
import { Faces } from './faces.tsx';
import { Charts, Figures } from './live.tsx';
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
        <p>On your own GPU, in this page. Choose pictures, press Start, and watch it learn.</p>
      </div>
      <div class="train">
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
            </>
          ) : (
            <Sheet />
          )}
        </div>
      </div>
    </>
  );
}

/** Sets a lower learning rate for another start. */
function LowerRate({ rate }: { rate: number }) {
  const isSet = settings.value.learningRate === rate;
  return (
    <button type="button" class="button" disabled={isSet} onClick={() => set('learningRate', rate)}>
      {isSet ? `Learning rate is ${rate}` : `Set learning rate to ${rate}`}
    </button>
  );
}

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
