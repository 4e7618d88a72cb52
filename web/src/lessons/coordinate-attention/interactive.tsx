import type { Device } from 'feathergrad';
import { Choice, Figure } from '../../ui/pieces.tsx';
import { FACES, SIDE } from '../pieces/face.ts';
import { HeatPixels, RgbPixels } from '../pieces/pixels.tsx';
import { PlaceSliders } from '../pieces/place-sliders.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useOwned } from '../pieces/use-owned.ts';
import { Slider, Switch } from '../pieces.tsx';
import { AttentionPair, type Seen } from './attention-pair.ts';
import { COLORS, type Light, PLACES } from './light.ts';
import { StripsView } from './strips-view.tsx';
import { useLight } from './use-light.ts';

const CHANNELS = ['red', 'green', 'blue'] as const;

export function Interactive({ device }: { device: Device }) {
  const pair = useOwned([device], () => new AttentionPair(device));
  const state = useLight();
  const { face, light } = state;
  const { value, trouble } = useLatest(JSON.stringify({ face, light }), async () => ({
    seen: await pair.look(face, light),
    light,
  }));
  return (
    <div class="two-sides">
      <div class="stack">
        <Slider label="Face" value={face} min={1} max={FACES} step={1} onValue={state.setFace} />
        <PlaceSliders
          name="Patch"
          column={light.column}
          row={light.row}
          min={PLACES[0]}
          max={PLACES[1]}
          onColumn={state.setColumn}
          onRow={state.setRow}
        />
        <Slider
          label="Brightness"
          value={light.strength}
          min={0}
          max={2}
          step={0.05}
          show={(v) => v.toFixed(2)}
          onValue={state.setStrength}
        />
        <Choice
          label="Color"
          value={light.color}
          options={COLORS.map((name) => [name, `${name[0]?.toUpperCase()}${name.slice(1)}`] as const)}
          onChange={state.setColor}
        />
        <Switch
          label="A second patch, opposite"
          on={light.second}
          onChange={(on) => state.setSecond(on ? 1 : 0)}
          testId="second"
        />
        <p class="small soft">
          The weights are set by hand: a strip that is brighter than this face’s average strip opens its gate.
          In the network they are learned.
        </p>
      </div>
      <div class="stack seen">
        <Trouble text={trouble} />
        {value && (
          <div class="attention-view">
            <figure class="stack">
              <StripsView
                seen={value.seen}
                light={value.light}
                onPlace={(column, row) => {
                  state.setColumn(column);
                  state.setRow(row);
                }}
              />
              <figcaption class="small soft">
                <b>1</b> the mean of each row and each column · <b>2</b> squeezed to eight numbers by one
                shared 1 × 1 convolution, batch norm and hard-swish · <b>3</b> two convolutions and two
                sigmoids compute the gates
              </figcaption>
            </figure>
            <Results seen={value.seen} light={value.light} />
          </div>
        )}
      </div>
    </div>
  );
}

function Results({ seen, light }: { seen: Seen; light: Light }) {
  const { product, output, channelGates, channelOutput, channelGatesInMiddle } = seen;
  const atPatch = product[light.row * SIDE + light.column] as number;
  const average = product.reduce((a, b) => a + b, 0) / product.length;
  const moved = Math.max(...channelGates.map((gate, c) => Math.abs(gate - (channelGatesInMiddle[c] ?? 0))));
  return (
    <div class="stack">
      <h3>Coordinate attention</h3>
      <div class="maps">
        <figure>
          <HeatPixels
            values={product}
            height={SIDE}
            width={SIDE}
            range={[0, 1]}
            label="Product of both gates over the face"
          />
          <figcaption class="small soft">both gates, multiplied</figcaption>
        </figure>
        <figure>
          <RgbPixels values={output} height={SIDE} width={SIDE} label="The face after coordinate attention" />
          <figcaption class="small soft">the face times both</figcaption>
        </figure>
      </div>
      <dl class="figures">
        <Figure name="Open at the patch" value={atPatch.toFixed(3)} testId="at-patch" />
        <Figure name="On average" value={average.toFixed(3)} testId="average-gate" />
      </dl>
      <h3>Squeeze-excitation</h3>
      <div class="maps">
        <div class="bars">
          {CHANNELS.map((name, c) => (
            <label key={name}>
              <span>{name}</span>
              <meter min={0} max={1} value={channelGates[c] ?? 0} class={name} />
              <output data-testid={`se-${name}`}>{(channelGates[c] ?? 0).toFixed(3)}</output>
            </label>
          ))}
        </div>
        <figure>
          <RgbPixels
            values={channelOutput}
            height={SIDE}
            width={SIDE}
            label="The face after squeeze-excitation"
          />
          <figcaption class="small soft">the face times three numbers</figcaption>
        </figure>
      </div>
      <p>
        {light.second ? 'Two patches' : 'The same patch'} in the middle of the face would change these three
        numbers by at most <b data-testid="se-moved">{moved < 1e-9 ? '0' : moved.toExponential(0)}</b>:
        squeeze-excitation does not see positions.
      </p>
    </div>
  );
}
