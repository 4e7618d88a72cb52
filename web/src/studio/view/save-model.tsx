import { useSignal } from '@preact/signals';
import { messageOf } from '../../lib/errors.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Download } from '../../ui/icons.tsx';
import { isBusy } from '../run.ts';
import { type ModelFormat, modelFileName, saveModelAs, snippets } from '../save-model.ts';
import { problem, project, trained } from '../store.ts';

const FORMATS: readonly (readonly [ModelFormat, string])[] = [
  ['html', 'Ready-made page'],
  ['safetensors', 'Weights (safetensors)'],
  ['onnx', 'ONNX'],
];

/** Saves the trained model: a page, weights, ONNX, and code that uses them. */
export function SaveModel() {
  const saving = useSignal<ModelFormat | null>(null);
  const now = project.value;
  const model = trained.value;
  const { result } = now;
  if (!model || !result || isBusy.value) return null;
  const saveAs = async (format: ModelFormat) => {
    saving.value = format;
    try {
      await saveModelAs(format, now, result, model.bytes);
    } catch (error) {
      problem.value = messageOf(error);
    }
    saving.value = null;
  };
  return (
    <div class="save-model">
      <h3>Save model</h3>
      <div class="buttons">
        {FORMATS.map(([format, label]) => (
          <button
            key={format}
            type="button"
            class="button"
            disabled={saving.value !== null}
            onClick={() => saveAs(format)}
          >
            <Download /> {saving.value === format ? 'Preparing …' : label}
          </button>
        ))}
      </div>
      <p class="soft small">
        The page is one HTML file that recognizes with this model. Open it in a browser with WebGPU; it works
        without a network.
      </p>
      <details>
        <summary>Use it in your code</summary>
        <div class="snippets">
          {snippets(modelFileName(now, result, 'safetensors'), result).map(({ title, text }) => (
            <div key={title}>
              <div class="panel-head">
                <h3>{title}</h3>
                <CopyButton class="plain" text={() => text}>
                  Copy
                </CopyButton>
              </div>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard */}
              <pre tabIndex={0}>
                <code>{text}</code>
              </pre>
            </div>
          ))}
          {result.subject === 'faces' && (
            <p class="soft small">
              This model was trained on faces: cut them out with <code>FaceReader</code> of{' '}
              <code>feathergrad/faces</code> instead of using the middle of the picture.
            </p>
          )}
        </div>
      </details>
    </div>
  );
}
