import { useEffect, useRef } from 'preact/hooks';
import { percent, short } from '../lib/format.ts';
import { drawHeat } from '../ui/heat.ts';
import { Figure } from '../ui/pieces.tsx';
import type { FaceView } from './messages.ts';
import { overlay } from './overlay.ts';
import { faces, framesPerSecond, model, setBaseline, source, times } from './store.ts';

/** One bar chart per face, with the crop that the network received. */
export function FaceAnswers() {
  const found = faces.value;
  const isCamera = source.value.kind === 'camera';
  return (
    <>
      <h2 id="answer" data-testid="answer" aria-live={isCamera ? 'off' : 'polite'}>
        {found.length === 1 ? found[0]?.label : `${found.length} faces`}
      </h2>
      {found.map((face) => (
        <FaceAnswer key={face.id} face={face} isCamera={isCamera} />
      ))}
    </>
  );
}

function FaceAnswer({ face, isCamera }: { face: FaceView; isCamera: boolean }) {
  const { id, label, probabilities, hasBaseline } = face;
  const names = model.value?.classNames ?? [];
  return (
    <article class="face-answer" data-testid="face">
      <div class="seen-crop">
        <Crop face={face} />
        {isCamera && (
          <button
            type="button"
            class="button"
            title="Uses the last three seconds as this person’s neutral expression"
            onClick={() => setBaseline(hasBaseline ? null : id)}
          >
            {hasBaseline ? 'Clear neutral' : 'Set neutral'}
          </button>
        )}
      </div>
      <div>
        <h3>
          Face {id}: {label}
        </h3>
        <ul class="bars">
          {names.map((name, i) => (
            <li key={name} class={name === label ? 'best' : undefined}>
              <span>{name}</span>
              <i style={{ '--p': probabilities[i] ?? 0 }} />
              <b>{percent(probabilities[i] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </div>
    </article>
  );
}

/** The pixels that the network received, with the attention overlay. */
function Crop({ face: { crop, attention, id } }: { face: FaceView }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { block, strength } = overlay.value;
  const map = attention.find((one) => one.block === block) ?? attention[0];
  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext('2d');
    if (!node || !context || !crop) return;
    node.width = crop.width;
    node.height = crop.height;
    context.putImageData(crop, 0, 0);
    if (map && strength > 0) {
      drawHeat(context, map, { x: 0, y: 0, width: crop.width, height: crop.height }, strength);
    }
  }, [crop, map, strength]);
  return <canvas ref={canvas} role="img" aria-label={`Face ${id} as the network receives it`} />;
}

/** Frames per second, and the time of each stage. */
export function StageTimes() {
  const now = times.value;
  const isCamera = source.value.kind === 'camera';
  return (
    <dl class="figures">
      {isCamera && (
        <Figure
          name="Frames/s"
          testId="fps"
          value={framesPerSecond.value === null ? '–' : short(framesPerSecond.value)}
        />
      )}
      {now && <Figure name="Detection" testId="detect-time" value={short(now.detect)} unit="ms" />}
      {now && <Figure name="Expressions" value={short(now.classify)} unit="ms" />}
    </dl>
  );
}
