import { useEffect } from 'preact/hooks';
import { NoWebGpu } from '../../app/no-webgpu.tsx';
import { Notice } from '../../ui/pieces.tsx';
import {
  classNames,
  findUnfinished,
  lastStep,
  noGpu,
  note,
  openGpu,
  problem,
  runState,
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
        <p>On your own GPU, in this page. Choose pictures, press start, and watch it learn.</p>
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
          {note.value && (
            <Notice title="About this run" testId="note">
              <p>{note.value}</p>
            </Notice>
          )}
          {state.name === 'failed' && (
            <Notice title={state.title} kind="bad" testId="failure">
              <p>{state.message}</p>
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
      const kept = state.bestEpoch > 0 ? `; the weights of epoch ${state.bestEpoch} are kept` : '';
      return state.how === 'finished' ? `Finished${kept}` : `Stopped${kept}`;
    }
    case 'failed':
      return 'Not running';
  }
}
