import type { Device } from 'feathergrad';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import type { Place } from './explanation.ts';
import { byContrast, type MapData, mapImage, PixelPicker, Thumbnail } from './maps.tsx';
import { NumberPanel } from './number-panel.tsx';
import { describe, type Step, type Trace } from './trace.ts';
import { numberOf, type RunInTurn, useMaps } from './use-trace.ts';

/** Thumbnails of one operator. */
const MOST_MAPS = 24;

/** The third level: the maps of an operator, and the numbers that made one number. */
export function Operator(props: {
  device: Device;
  trace: Trace;
  step: Step;
  at: string;
  run: RunInTurn;
  onPlace: (place: Place) => void;
  onOpen: (path: string, place: Place) => void;
}) {
  const { device, trace, step, at, run, onPlace, onOpen } = props;
  const { maps, trouble } = useMaps(trace, `${step.path},${numberOf(trace)}`, [step], run);
  const data = maps?.[0];
  if (trouble) return <Trouble text={trouble} />;
  if (!data) return <p class="soft">Reading the maps …</p>;
  const place = placeIn(at, data);
  const isVector = data.height * data.width === 1;
  const order = isVector ? [] : byContrast(data).slice(0, MOST_MAPS);
  const where = isVector
    ? `number ${place.channel}`
    : `map ${place.channel}, row ${place.row}, column ${place.column}`;
  return (
    <div class="operator">
      <div class="stack">
        <h2>{describe(step)}</h2>
        <PixelPicker
          data={data}
          place={place}
          name={isVector ? `${data.channels} numbers` : `Map ${place.channel} of ${data.channels}`}
          onPlace={onPlace}
        />
        <p aria-live="polite" data-testid="where">
          {where}
        </p>
        {!isVector && (
          <fieldset class="map-buttons" aria-label="Map">
            {order.map((channel) => (
              <button
                key={channel}
                type="button"
                aria-label={`Map ${channel}`}
                aria-pressed={channel === place.channel}
                onClick={() => onPlace({ ...place, channel })}
              >
                <Thumbnail image={mapImage(data, channel)} />
              </button>
            ))}
          </fieldset>
        )}
        <p class="soft small">
          {isVector
            ? 'A number per channel, row by row. '
            : `${order.length} of ${data.channels} maps, those with the most contrast first. `}
          Dark is the lowest value of a map, bright the highest. Click a pixel, or use the arrow keys.
        </p>
      </div>
      <NumberPanel
        key={`${step.path},${numberOf(trace)}`}
        device={device}
        trace={trace}
        step={step}
        place={place}
        run={run}
        onOpen={onOpen}
      />
    </div>
  );
}

/** Reads `channel.row.column`; without it, the brightest map's center. */
function placeIn(at: string, data: MapData): Place {
  const { height, width, channels } = data;
  const [channel = Number.NaN, row = Number.NaN, column = Number.NaN] = at.split('.').map(Number);
  const isPlace = at !== '' && [channel, row, column].every((n) => Number.isInteger(n) && n >= 0);
  if (!isPlace) {
    const first = height * width === 1 ? 0 : (byContrast(data)[0] ?? 0);
    return { channel: first, row: height >> 1, column: width >> 1 };
  }
  return {
    channel: Math.min(channel, channels - 1),
    row: Math.min(row, height - 1),
    column: Math.min(column, width - 1),
  };
}
