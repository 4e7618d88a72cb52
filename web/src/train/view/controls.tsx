import { messageOf } from '../../lib/errors.ts';
import { save } from '../../lib/save.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Download, Pause, Play, Step, Stop } from '../../ui/icons.tsx';
import { engine, isBusy, lastStep, noGpu, problem, runState, start } from '../store.ts';

/** The buttons start, pause, step and stop, and the downloads. */
export function Controls() {
  const state = runState.value.name;
  const hasWeights = lastStep.value !== null;
  const download = async (format: 'safetensors' | 'onnx') => {
    try {
      save(new Blob([await engine.weights(format)]), `feathergrad-weights.${format}`);
    } catch (error) {
      problem.value = messageOf(error);
    }
  };
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
        </>
      )}
      <button
        type="button"
        class="button plain to-set-up"
        onClick={() => document.querySelector('.set-up')?.scrollIntoView()}
      >
        Settings
      </button>
      <CopyButton class="plain" text={() => location.href}>
        Copy link
      </CopyButton>
    </div>
  );
}
