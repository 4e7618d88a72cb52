import { useMemo, useState } from 'preact/hooks';
import { count } from '../../lib/format.ts';
import { heatImage } from '../../ui/heat.ts';
import { Canvas } from '../../ui/pieces.tsx';
import type { Maps } from './subject.ts';

const FEW = 24;
const COLUMNS = 6;
const TILE = 56;
const GAP = 4;

/** The maps of a stage, sorted by decreasing spread. */
export function MapSheet({ maps, name }: { maps: Maps; name: string }) {
  const [isAll, setAll] = useState(false);
  const { height, width, channels } = maps;
  const order = useMemo(() => byContrast(maps), [maps]);
  if (height * width === 1) return <Vector maps={maps} name={name} />;
  const shown = isAll ? order : order.slice(0, FEW);
  const rows = Math.ceil(shown.length / COLUMNS);
  const draw = (context: CanvasRenderingContext2D) => {
    context.imageSmoothingEnabled = false; // each square is a number
    for (const [i, channel] of shown.entries()) {
      const [x, y] = [(i % COLUMNS) * (TILE + GAP), Math.floor(i / COLUMNS) * (TILE + GAP)];
      context.drawImage(tile(maps, channel), x, y, TILE, TILE);
    }
  };
  return (
    <>
      <Sheet
        key={`${isAll}`}
        width={COLUMNS * (TILE + GAP) - GAP}
        height={rows * (TILE + GAP) - GAP}
        label={`${shown.length} of ${channels} maps of ${name}, ${height} × ${width} each`}
        draw={draw}
        version={maps}
      />
      <p class="small soft">
        {isAll || channels <= FEW ? `All ${channels}` : `${FEW} of ${channels}`} maps, {height} × {width},
        those with the most contrast first; each is drawn from its lowest (dark) to its highest value.{' '}
        {channels > FEW && (
          <button type="button" class="link" onClick={() => setAll(!isAll)}>
            {isAll ? `Only ${FEW}` : `All ${channels}`}
          </button>
        )}
      </p>
    </>
  );
}

/** The values of a vector, row by row. */
function Vector({ maps, name }: { maps: Maps; name: string }) {
  const { channels, values } = maps;
  const columns = Math.min(channels, 32);
  const rows = Math.ceil(channels / columns);
  const cell = Math.floor((COLUMNS * (TILE + GAP) - GAP) / columns);
  const draw = (context: CanvasRenderingContext2D) => {
    context.imageSmoothingEnabled = false;
    context.drawImage(bitmap(heatImage(values, rows, columns)), 0, 0, columns * cell, rows * cell);
  };
  return (
    <>
      <Sheet
        width={columns * cell}
        height={rows * cell}
        label={`${channels} numbers of ${name}`}
        draw={draw}
        version={maps}
      />
      <p class="small soft">
        {count(channels)} values with no spatial position, row by row, lowest (dark) to highest.
      </p>
    </>
  );
}

function Sheet(props: {
  width: number;
  height: number;
  label: string;
  draw: (context: CanvasRenderingContext2D) => void;
  version: unknown;
}) {
  const { width, height, label } = props;
  // redrawn for new maps only, not for each render
  const draw = useMemo(() => props.draw, [props.version]);
  return (
    <div class="sheet-of-maps" data-testid="maps">
      <Canvas width={width} height={height} label={label} draw={draw} />
    </div>
  );
}

/** Channels by the spread of their map. */
function byContrast({ values, channels }: Maps): number[] {
  const spread = new Float64Array(channels);
  const places = values.length / channels;
  for (let c = 0; c < channels; c++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < places; i++) {
      const v = values[i * channels + c] as number;
      sum += v;
      squares += v * v;
    }
    spread[c] = squares / places - (sum / places) ** 2;
  }
  return Array.from(spread.keys()).sort((a, b) => (spread[b] as number) - (spread[a] as number));
}

function tile({ values, height, width, channels }: Maps, channel: number): OffscreenCanvas {
  const map = new Float32Array(height * width);
  for (let i = 0; i < map.length; i++) map[i] = values[i * channels + channel] as number;
  return bitmap(heatImage(map, height, width));
}

function bitmap(image: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
