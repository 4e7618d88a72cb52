import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { percent, short } from '../../lib/format.ts';
import { SelectInput } from '../../ui/fields.tsx';
import { drawHeat } from '../../ui/heat.ts';
import { Canvas, FaceCanvas } from '../../ui/pieces.tsx';
import type { Face, Probe } from '../messages.ts';
import { isHeldOut } from '../settings.ts';
import { faces, probe, runSettings, runState } from '../store.ts';

const SHOWN = 24;
const LARGE = 300;

/** Validation faces with their predictions, one of them enlarged with its attention overlay. */
export function Faces({ names }: { names: readonly string[] }) {
  const chosen = useSignal(0);
  const list = faces.value.slice(0, SHOWN);
  const now = probe.value;
  if (list.length === 0 || !now) return null;
  const at = Math.min(chosen.value, list.length - 1);
  const right = faces.value.filter((face, i) => answer(now, i, names.length).label === face.label).length;
  return (
    <section class="panel faces-panel" aria-labelledby="faces">
      <div class="panel-head">
        <h2 id="faces">
          {isHeldOut(runSettings.value) ? 'Validation faces (never trained on)' : 'Training faces'}
        </h2>
        <span class="soft small">
          {right} of {faces.value.length} correct {whenOf(now)}
        </span>
      </div>
      <div class="faces-grid">
        <ul class="faces">
          {list.map((face, i) => {
            const said = answer(now, i, names.length);
            const isRight = said.label === face.label;
            const text = `${names[face.label]}; predicted ${names[said.label]}, ${percent(said.probability)}`;
            return (
              <li key={i}>
                <button
                  type="button"
                  class={isRight ? 'face' : 'face wrong'}
                  aria-pressed={i === at}
                  title={text}
                  onClick={() => {
                    chosen.value = i;
                  }}
                >
                  <FaceCanvas image={face.image} label={text} />
                  <span>{names[said.label]}</span>
                </button>
              </li>
            );
          })}
        </ul>
        <Attention face={list[at] as Face} index={at} now={now} names={names} />
      </div>
    </section>
  );
}

/** Returns when the predictions were made: after a step, or with the weights that were kept at the end. */
function whenOf({ step }: Probe): string {
  const state = runState.value;
  if (state.name !== 'ended' || state.bestEpoch === 0) return `after step ${step}`;
  return `with the kept weights, those of epoch ${state.bestEpoch}`;
}

function Attention(props: { face: Face; index: number; now: Probe; names: readonly string[] }) {
  const { face, index, now, names } = props;
  const block = useSignal<string | null>(null);
  const strength = useSignal(0.55);
  const map = now.attention.find((one) => one.block === block.value) ?? now.attention[0];
  const size = map ? map.height * map.width : 0;
  const values = map?.values.subarray(index * size, (index + 1) * size);
  const alpha = strength.value;
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      const picture = new OffscreenCanvas(face.image.width, face.image.height);
      picture.getContext('2d')?.putImageData(face.image, 0, 0);
      context.imageSmoothingQuality = 'high';
      context.drawImage(picture, 0, 0, LARGE, LARGE);
      if (!map || !values) return;
      const box = { x: 0, y: 0, width: LARGE, height: LARGE };
      drawHeat(context, { values, height: map.height, width: map.width }, box, alpha);
    },
    [face, map, values, alpha],
  );
  const said = answer(now, index, names.length);
  return (
    <div class="attention">
      <Canvas
        width={LARGE}
        height={LARGE}
        label={`Coordinate attention over a face: ${names[face.label]}`}
        draw={draw}
      />
      <p>
        <b>{names[face.label]}</b>
        <span class={said.label === face.label ? 'soft' : 'bad'}>
          {' '}
          – predicted {names[said.label]}, {percent(said.probability)}
        </span>
      </p>
      {map && values ? (
        <>
          <SelectInput
            label="Show attention of"
            value={map.block}
            options={now.attention.map(
              (one) => [one.block, blockName(one.block, one.height, one.width)] as const,
            )}
            hint={`Gate ${short(Math.min(...values))}–${short(Math.max(...values))} (dark = lowest)`}
            onValue={(value) => {
              block.value = value;
            }}
          />
          <div class="field">
            <label for="strength">Overlay opacity</label>
            <input
              id="strength"
              type="range"
              min="0"
              max="1"
              step="0.05"
              value={alpha}
              onInput={(event) => {
                strength.value = Number(event.currentTarget.value);
              }}
            />
          </div>
        </>
      ) : (
        <p class="soft small">This network has no coordinate attention.</p>
      )}
    </div>
  );
}

export const blockName = (block: string, height: number, width: number): string =>
  `block ${block.replace('features.', '')}, ${height} × ${width}`;

function answer({ probabilities }: Probe, index: number, classes: number) {
  let label = 0;
  for (let k = 1; k < classes; k++) {
    if ((probabilities[index * classes + k] as number) > (probabilities[index * classes + label] as number))
      label = k;
  }
  return { label, probability: probabilities[index * classes + label] as number };
}
