import type { Device } from 'feathergrad';
import { count } from '../../lib/format.ts';
import { Figure } from '../../ui/pieces.tsx';
import { FACES } from '../pieces/face.ts';
import { PlaceSliders } from '../pieces/place-sliders.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useOwned } from '../pieces/use-owned.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { CrossView } from './cross-view.tsx';
import { CHANNELS, CrossedStrips, MAP, MIDDLE } from './crossed-strips.ts';
import { Melting } from './melting.tsx';

export function Interactive({ device }: { device: Device }) {
  const [face, setFace] = useUrlState('face', 19, [1, FACES]);
  const [channels, setChannels] = useUrlState('channels', 184, [8, 184]);
  const [channel, setChannel] = useUrlState('channel', 1, [1, 184]);
  const [column, setColumn] = useUrlState('x', 11, [0, MAP - 1]);
  const [row, setRow] = useUrlState('y', 10, [0, MAP - 1]);
  const width = CHANNELS.find((one) => one >= channels) ?? 184;
  const shown = Math.min(width, Math.round(channel));
  const strips = useOwned([device, width], () => new CrossedStrips(device, width));
  const { value, trouble } = useLatest(`${face} ${width} ${shown}`, async () => ({
    crossed: await strips.look(Math.round(face), shown - 1),
    width,
  }));
  return (
    <div class="two-sides">
      <div class="stack">
        <Slider label="Face" value={face} min={1} max={FACES} step={1} onValue={setFace} />
        <Slider
          label="Channels of the map"
          value={width}
          steps={CHANNELS}
          onValue={setChannels}
          testId="channels"
        />
        <Slider label="Channel shown" value={shown} min={1} max={width} step={1} onValue={setChannel} />
        <PlaceSliders
          name="Cross"
          column={column}
          row={row}
          min={0}
          max={MAP - 1}
          onColumn={setColumn}
          onRow={setRow}
        />
        {value && (
          <dl class="figures">
            <Figure name="Row, average" value={fixed(value.crossed.rowAverage[row])} testId="row-average" />
            <Figure name="Row, maximum" value={fixed(value.crossed.rowMaximum[row])} />
            <Figure name="Column, average" value={fixed(value.crossed.columnAverage[column])} />
            <Figure name="Column, maximum" value={fixed(value.crossed.columnMaximum[column])} />
          </dl>
        )}
        <p class="small soft">
          The map is a 3 × 3 convolution of stride 2 with random weights over a drawn face, then hard-swish.
          Weights and bias of the shared convolution are also random, because the identity holds for any
          values.
        </p>
      </div>
      <div class="stack seen">
        <Trouble text={trouble} />
        {!value && trouble === null && <p class="soft">Computing …</p>}
        {value && (
          <div class="attention-view">
            <figure class="stack">
              <CrossView
                crossed={value.crossed}
                column={Math.round(column)}
                row={Math.round(row)}
                onPlace={(x, y) => {
                  setColumn(x);
                  setRow(y);
                }}
              />
              <figcaption class="keys">
                <span>
                  <i class="swatch average" />
                  average
                </span>
                <span>
                  <i class="swatch maximum" />
                  maximum
                </span>
                <span>
                  <i class="ring" />
                  position of the maximum
                </span>
                <span>distance from the map shows the value</span>
              </figcaption>
            </figure>
            <Melting crossed={value.crossed} />
          </div>
        )}
        {value && (
          <dl class="figures">
            <Figure
              name="Largest difference"
              value={value.crossed.largestDifference.toExponential(1)}
              testId="difference"
            />
            <Figure
              name="Average difference"
              value={value.crossed.averageDifference.toExponential(1)}
              testId="average-difference"
            />
            <Figure
              name="MACs, two convolutions"
              value={count(2 * 2 * MAP * value.width * MIDDLE)}
              testId="macs-two"
            />
            <Figure name="MACs, one" value={count(2 * MAP * value.width * MIDDLE)} testId="macs-one" />
            <Figure name="Dispatches, two" value={`${value.crossed.literalDispatches}`} />
            <Figure name="Dispatches, one" value={`${value.crossed.mergedDispatches}`} />
          </dl>
        )}
      </div>
    </div>
  );
}

const fixed = (value: number | undefined): string => (value ?? 0).toFixed(3).replace('-', '−');
