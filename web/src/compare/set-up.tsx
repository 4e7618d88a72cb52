import { NumberInput } from '../ui/fields.tsx';
import { Play, Stop } from '../ui/icons.tsx';
import { NUMBERS, type NumberName, parseNumber, type Switch } from './settings.ts';
import { doing, noGpu, run, set, settings, stop } from './store.ts';

/** Sizes, what to measure, and the libraries to compare with. */
export function SetUp() {
  const isBusy = doing.value !== null;
  return (
    <form class="set-up" aria-label="What to measure" onSubmit={(event) => event.preventDefault()}>
      <div class="buttons">
        {isBusy ? (
          <button type="button" class="button primary" onClick={stop}>
            <Stop /> Stop
          </button>
        ) : (
          <button type="button" class="button primary" disabled={noGpu.value !== null} onClick={run}>
            <Play /> Start
          </button>
        )}
      </div>
      <section>
        <h2>Sizes</h2>
        {(Object.keys(NUMBERS) as NumberName[]).map((name) => (
          <NumberInput
            key={name}
            label={NUMBERS[name].label}
            value={settings.value[name]}
            disabled={isBusy}
            parse={(text) => parseNumber(name, text)}
            onValue={(value) => set(name, value)}
          />
        ))}
      </section>
      <section>
        <h2>Measure</h2>
        <Check name="inference" label="Inference" />
        <Check name="training" label="Training step" />
        <Check name="limits" label="This device’s limits" />
        <Check name="kernels" label="All kernels" />
      </section>
      <section>
        <h2>Compare with</h2>
        <Check name="jax" label="jax-js" hint="Downloads 0.5 MB from this site." />
        <Check name="tfjs" label="TensorFlow.js" hint="Downloads 1 MB from this site." />
        <Check name="ort" label="ONNX Runtime Web" hint="Downloads 27 MB from this site; inference only." />
      </section>
    </form>
  );
}

function Check({ name, label, hint }: { name: Switch; label: string; hint?: string }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={settings.value[name]}
        disabled={doing.value !== null}
        onChange={(event) => set(name, event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <small class="soft">{hint}</small>}
      </span>
    </label>
  );
}
