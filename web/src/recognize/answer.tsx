import { percent, short } from '../lib/format.ts';
import { blockName } from '../train/view/faces.tsx';
import { SelectInput } from '../ui/fields.tsx';
import { Figure } from '../ui/pieces.tsx';
import { FaceAnswers, StageTimes } from './face-answers.tsx';
import { overlay } from './overlay.ts';
import {
  faces,
  framesPerSecond,
  isForAnything,
  isSearching,
  look,
  model,
  noFace,
  seen,
  shown,
  smoothing,
  source,
  weightsFrom,
} from './store.ts';

/** Below this probability the page does not name a class. */
const SURE = 0.4;

/** Probabilities as bars in a fixed order, per face or for the guide, with a note on what they mean. */
export function Answer() {
  const facts = model.value;
  if (!facts) return null;
  const isCamera = source.value.kind === 'camera';
  const found = faces.value.length > 0;
  return (
    <section class="panel" aria-labelledby="answer">
      {found ? <FaceAnswers /> : <GuideAnswer />}
      {found && <StageTimes />}
      {isCamera && <SmoothingChoice />}
      <AttentionChoice />
      <p class="soft small caution">{caution()}</p>
    </section>
  );
}

/** The probabilities for the square under the guide. */
function GuideAnswer() {
  const values = shown.value;
  const best = values ? values.indexOf(Math.max(...values)) : -1;
  const top = values && best >= 0 ? (values[best] as number) : 0;
  const isCamera = source.value.kind === 'camera';
  const names = model.value?.classNames ?? [];
  const { x, y, zoom } = look.value;
  const isFaceless = noFace.value && x === 0.5 && y === 0.5 && zoom === 1; // nobody has placed one by hand
  return (
    <>
      <h2 id="answer" data-testid="answer" aria-live={isCamera ? 'off' : 'polite'}>
        {isSearching.value
          ? 'Looking for faces'
          : !values
            ? 'Waiting for a picture'
            : isFaceless
              ? 'No face'
              : top < SURE
                ? 'Hard to say'
                : names[best]}
      </h2>
      {noFace.value && (
        <p class="soft small" data-testid="no-face">
          No face was found. If there is one, move and zoom the picture until it fills the oval.
        </p>
      )}
      <ul class="bars">
        {names.map((name, label) => {
          const p = values?.[label] ?? 0;
          return (
            <li key={name} class={label === best && top >= SURE && !isFaceless ? 'best' : undefined}>
              <span>{name}</span>
              <i style={{ '--p': p }} />
              <b>{values ? percent(p) : '–'}</b>
            </li>
          );
        })}
      </ul>
      {values && (
        <dl class="figures">
          {isCamera && (
            <Figure
              name="Frames/s"
              testId="fps"
              value={framesPerSecond.value === null ? '–' : short(framesPerSecond.value)}
            />
          )}
          <Figure name="Latency" value={short(seen.value?.milliseconds ?? 0)} unit="ms" />
        </dl>
      )}
    </>
  );
}

function SmoothingChoice() {
  return (
    <div class="field">
      <label for="smooth">Smoothing: {smoothing.value.toFixed(1)} s</label>
      <input
        id="smooth"
        type="range"
        min="0"
        max="3"
        step="0.1"
        value={smoothing.value}
        aria-valuetext={`${smoothing.value} seconds`}
        onInput={(event) => {
          smoothing.value = Number(event.currentTarget.value);
        }}
      />
    </div>
  );
}

function AttentionChoice() {
  const maps = faces.value[0]?.attention ?? seen.value?.attention ?? [];
  if (maps.length === 0) return null;
  const { block, strength } = overlay.value;
  return (
    <>
      <div class="field">
        <label for="attention">Attention overlay</label>
        <input
          id="attention"
          type="range"
          min="0"
          max="0.9"
          step="0.05"
          value={strength}
          onInput={(event) => {
            overlay.value = { ...overlay.peek(), strength: Number(event.currentTarget.value) };
          }}
        />
      </div>
      {strength > 0 && (
        <SelectInput
          label="Block"
          value={block ?? (maps[0]?.block as string)}
          options={maps.map((one) => [one.block, blockName(one.block, one.height, one.width)] as const)}
          onValue={(value) => {
            overlay.value = { ...overlay.peek(), block: value };
          }}
        />
      )}
    </>
  );
}

/** What these weights can and cannot do. */
function caution(): string {
  const { data } = model.value?.metadata ?? {};
  if (isForAnything(model.value)) {
    return (
      `These weights choose among ${model.value?.classNames.length ?? 0} classes that somebody taught them. Pictures of ` +
      'anything else get one of these labels too.'
    );
  }
  if (data === 'drawn') {
    return 'These weights were trained on drawn faces only. Their prediction for a photo is meaningless.';
  }
  const learned =
    weightsFrom.value?.kind === 'shipped'
      ? 'These weights were trained on small gray photos labeled by crowd workers (FER+). Weights trained in the ' +
        'same way were right on 86 % of such photos that they had not seen; they rarely predict Disgust, Contempt or Fear. '
      : '';
  return (
    `${learned}They predict which of ${model.value?.classNames.length ?? 0} labels people would pick for a face, and ` +
    'are often wrong, more so for faces unlike the training pictures. Nobody’s feelings can be read from a face.'
  );
}
