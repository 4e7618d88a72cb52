import type { Device } from 'feathergrad';
import { Choice } from '../../ui/pieces.tsx';
import { digits } from '../exercises/judge.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useUrlState } from '../url-state.ts';
import { convolve, KERNEL, OUTPUT, PICTURES, type PictureName, pictureOf, SIDE } from './compute.ts';
import { NumberGrid } from './number-grid.tsx';
import { DEFAULT, PRESETS, weightsOf } from './weights.ts';

const DIRECTIONS = ['forward', 'backward'] as const;

export function Interactive({ device }: { device: Device }) {
  const [picture, setPicture] = useUrlState<PictureName>('picture', 'edge', PICTURES);
  const [list, setList] = useUrlState('w', DEFAULT);
  const [row, setRow] = useUrlState('row', 2, [0, OUTPUT - 1]);
  const [column, setColumn] = useUrlState('column', 1, [0, OUTPUT - 1]);
  const [direction, setDirection] = useUrlState('show', 'forward', DIRECTIONS);
  const weights = weightsOf(list);
  const pixels = pictureOf(picture);
  const [top, left] = [Math.round(row), Math.round(column)];
  const chosen = top * OUTPUT + left;
  const { value, trouble } = useLatest(`${picture} ${weights} ${chosen}`, () =>
    convolve(device, pixels, weights, chosen),
  );
  const isBackward = direction === 'backward';
  const window = Array.from(
    { length: KERNEL * KERNEL },
    (_, k) => (top + Math.floor(k / KERNEL)) * SIDE + left + (k % KERNEL),
  );
  const setWeight = (k: number, text: string) => {
    const next = Number(text);
    if (Number.isFinite(next)) setList(weights.map((one, i) => (i === k ? next : one)).join());
  };
  return (
    <div class="stack">
      <div class="choice-row">
        <Choice
          label="Picture"
          value={picture}
          options={PICTURES.map((name) => [name, name] as const)}
          onChange={setPicture}
        />
        <Choice
          label="Direction"
          value={direction}
          options={DIRECTIONS.map((name) => [name, name] as const)}
          onChange={setDirection}
        />
      </div>
      <div class="buttons">
        {PRESETS.map(({ name, weights: preset }) => (
          <button key={name} type="button" class="button" onClick={() => setList(preset)}>
            {name}
          </button>
        ))}
      </div>
      <Trouble text={trouble} />
      {value && (
        <div class="grids">
          <NumberGrid
            caption={isBackward ? 'Slopes of the pixels' : 'Picture'}
            values={isBackward ? value.pixelSlopes : pixels}
            side={SIDE}
            isMarked={(i) => window.includes(i)}
            testId="pixels"
          />
          {isBackward ? (
            <NumberGrid
              caption="Slopes of the weights"
              values={value.weightSlopes}
              side={KERNEL}
              testId="weight-slopes"
            />
          ) : (
            <WeightInputs weights={weights} onWeight={setWeight} />
          )}
          <NumberGrid
            caption="Output: choose a number"
            values={value.output}
            side={OUTPUT}
            isMarked={(i) => i === chosen}
            onChoose={(i) => {
              setRow(Math.floor(i / OUTPUT));
              setColumn(i % OUTPUT);
            }}
            testId="output"
          />
        </div>
      )}
      {value && (
        <p aria-live="polite" data-testid="sum">
          {isBackward ? (
            'A weight’s slope is the pixel that it was multiplied by; a pixel’s slope is the weight. Pixels outside of the window have slope 0: they did not take part.'
          ) : (
            <>
              {window.map((at, k) => `${digits(pixels[at] ?? 0)} · ${wrapped(weights[k] ?? 0)}`).join(' + ')}{' '}
              = <b data-testid="chosen-output">{digits(Number((value.output[chosen] ?? 0).toFixed(4)))}</b>
            </>
          )}
        </p>
      )}
    </div>
  );
}

const wrapped = (value: number): string => (value < 0 ? `(${digits(value)})` : digits(value));

function WeightInputs(props: { weights: readonly number[]; onWeight: (k: number, text: string) => void }) {
  return (
    <fieldset class="weight-inputs">
      <legend>Weights</legend>
      {props.weights.map((weight, k) => (
        <input
          key={`${k}`}
          type="number"
          step="0.25"
          aria-label={`Weight in row ${Math.floor(k / KERNEL) + 1}, column ${(k % KERNEL) + 1}`}
          value={weight}
          onChange={(event) => props.onWeight(k, event.currentTarget.value)}
        />
      ))}
    </fieldset>
  );
}
