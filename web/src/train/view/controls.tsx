import { useSignal } from '@preact/signals';
import { messageOf } from '../../lib/errors.ts';
import { fileName } from '../../lib/file-name.ts';
import { save } from '../../lib/save.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Download, Pause, Play, Step, Stop } from '../../ui/icons.tsx';
import { keepAsProject } from '../keep-project.ts';
import {
  classNames,
  engine,
  epochs,
  isBusy,
  lastStep,
  noGpu,
  problem,
  runSettings,
  runState,
  start,
  steps,
} from '../store.ts';

/** The buttons start, pause, step and stop, and the downloads. */
export function Controls() {
  const state = runState.value.name;
  const hasWeights = lastStep.value !== null;
  const kept = useSignal<string | null>(null);
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      problem.value = messageOf(error);
    }
  };
  const download = (format: 'safetensors' | 'onnx') =>
    attempt(async () => save(new Blob([await engine.weights(format)]), weightsFileName(format)));
  const keepIt = () =>
    attempt(async () => {
      kept.value = await keepAsProject(await engine.weights('safetensors'), {
        settings: runSettings.peek(),
        classNames: classNames.peek(),
        steps: steps.step.map((step, i) => ({
          step,
          loss: steps.loss[i] as number,
          accuracy: steps.accuracy[i] as number,
        })),
        epochs: epochs.peek(),
      });
    });
  return (
    <div class="buttons">
      {!isBusy.value && (
        <button type="button" class="button primary" disabled={noGpu.value !== null} onClick={start}>
          <Play /> {state === 'ended' || state === 'failed' ? 'Start again' : 'Start'}
        </button>
      )}
      {(state === 'running' || state === 'preparing') && (
        <button
          type="button"
          class="button primary"
          disabled={state === 'preparing'}
          onClick={() => engine.pause()}
        >
          <Pause /> Pause
        </button>
      )}
      {state === 'paused' && (
        <button type="button" class="button primary" onClick={() => engine.resume()}>
          <Play /> Resume
        </button>
      )}
      {isBusy.value && (
        <>
          <button type="button" class="button" disabled={state === 'preparing'} onClick={() => engine.once()}>
            <Step /> One step
          </button>
          <button type="button" class="button" disabled={state === 'preparing'} onClick={() => engine.stop()}>
            <Stop /> Stop
          </button>
        </>
      )}
      {hasWeights && (
        <>
          <button type="button" class="button" onClick={() => download('safetensors')}>
            <Download /> safetensors
          </button>
          <button type="button" class="button" onClick={() => download('onnx')}>
            <Download /> ONNX
          </button>
          <button
            type="button"
            class="button"
            title="Stores the weights as a project, to try, rename and save them later"
            onClick={keepIt}
          >
            Keep in Studio
          </button>
          {kept.value && (
            <p class="small" role="status">
              Kept as “{kept.value}”. <a href="#/studio">Open Studio</a>
            </p>
          )}
        </>
      )}
      <button
        type="button"
        class="button plain to-set-up"
        onClick={() => document.querySelector('.set-up')?.scrollIntoView()}
      >
        Settings
      </button>
      <CopyButton class="plain" isLink text={() => location.href}>
        Copy link
      </CopyButton>
    </div>
  );
}

/** Returns a file name with the network, the classes or their number, and the day. */
function weightsFileName(format: string): string {
  const names = classNames.peek();
  const classes = names.length > 4 ? `${names.length}-classes` : names.map(fileName).join('-');
  return `${runSettings.peek().model}-${classes}-${new Date().toISOString().slice(0, 10)}.${format}`;
}
