import { useEffect, useRef } from 'preact/hooks';
import { heatImage } from '../ui/heat.ts';
import type { Place } from './explanation.ts';

/** The values of an operator's output. */
export interface MapData {
  values: Float32Array;
  height: number;
  width: number;
  channels: number;
}

/** Columns in which a vector, whose maps have one pixel, is drawn. */
const VECTOR_COLUMNS = 32;

/** Returns one map; for a vector, all of its numbers, row by row. */
export function mapImage({ values, height, width, channels }: MapData, channel: number): ImageData {
  if (height * width === 1) {
    const columns = Math.min(channels, VECTOR_COLUMNS);
    const rows = Math.ceil(channels / columns);
    const padded = new Float32Array(rows * columns).fill(values[0] ?? 0);
    padded.set(values);
    return heatImage(padded, rows, columns);
  }
  const map = Float32Array.from(
    { length: height * width },
    (_, i) => values[i * channels + channel] as number,
  );
  return heatImage(map, height, width);
}

/** Returns the channels in the order of decreasing spread. */
export function byContrast({ values, height, width, channels }: MapData): number[] {
  const spread = Float64Array.from({ length: channels }, (_, channel) => {
    let [sum, squares] = [0, 0];
    for (let i = channel; i < values.length; i += channels) {
      const v = values[i] as number;
      sum += v;
      squares += v * v;
    }
    const pixels = height * width;
    return squares / pixels - (sum / pixels) ** 2;
  });
  return Array.from(spread.keys()).sort((a, b) => (spread[b] as number) - (spread[a] as number));
}

/** A map drawn as it is, for buttons that have their own text. */
export function Thumbnail({ image }: { image: ImageData }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(image, 0, 0);
  }, [image]);
  return (
    <span class="thumbnail" aria-hidden="true">
      <canvas ref={canvas} width={image.width} height={image.height} />
    </span>
  );
}

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** A large map, in which a click or the arrow keys choose a number. */
export function PixelPicker(props: {
  data: MapData;
  place: Place;
  name: string;
  onPlace: (place: Place) => void;
}) {
  const { data, place, name, onPlace } = props;
  const { channels } = data;
  const isVector = data.height * data.width === 1;
  const columns = isVector ? Math.min(channels, VECTOR_COLUMNS) : data.width;
  const rows = isVector ? Math.ceil(channels / columns) : data.height;
  const [row, column] = isVector
    ? [Math.floor(place.channel / columns), place.channel % columns]
    : [place.row, place.column];
  const choose = (down: number, across: number) => {
    const r = Math.min(rows - 1, Math.max(0, down));
    const c = Math.min(columns - 1, Math.max(0, across));
    if (!isVector) onPlace({ ...place, row: r, column: c });
    else onPlace({ row: 0, column: 0, channel: Math.min(channels - 1, r * columns + c) });
  };
  const where = isVector ? `number ${place.channel}` : `row ${row}, column ${column}`;
  return (
    <button
      type="button"
      class="pixel-picker"
      aria-label={`${name}. Chosen: ${where}. The arrow keys choose another number.`}
      style={{ '--rows': rows, '--columns': columns, '--row': row, '--column': column }}
      data-testid="pixel-picker"
      onClick={(event) => {
        if (event.detail === 0) return; // pressed with Enter or Space: nothing to choose
        const box = event.currentTarget.getBoundingClientRect();
        const down = ((event.clientY - box.top) / box.height) * rows;
        choose(Math.floor(down), Math.floor(((event.clientX - box.left) / box.width) * columns));
      }}
      onKeyDown={(event) => {
        const move = MOVES[event.key];
        if (!move) return;
        event.preventDefault();
        choose(row + move[0], column + move[1]);
      }}
    >
      <Thumbnail image={mapImage(data, place.channel)} />
      <i aria-hidden="true" />
    </button>
  );
}
