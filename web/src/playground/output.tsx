import { count, short } from '../lib/format.ts';
import { imageOfRgb } from '../lib/image-of-rgb.ts';
import { heatImage } from '../ui/heat.ts';
import { LineChart } from '../ui/line-chart.tsx';
import { FaceCanvas } from '../ui/pieces.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { type Item, MOST_ITEMS, type TensorOutput } from './results.ts';

const COLORS = ['--accent', '--ink', '--bad', '--second'] as const;
/** Images or maps of one tensor that are drawn. */
const MOST_TILES = 24;
const MOST_ROWS = 40;
const MOST_COLUMNS = 32;

/** Everything that a run has shown, in order. */
export function OutputList({ items }: { items: readonly Item[] }) {
  return (
    <div class="output-items" data-testid="output">
      {items.map((item) => (
        <Shown key={item.id} item={item} />
      ))}
      {items.length >= MOST_ITEMS && <p class="soft small">Only the first {MOST_ITEMS} results are drawn.</p>}
    </div>
  );
}

function Shown({ item }: { item: Item }) {
  if (item.kind === 'text') return <pre class={item.isProblem ? 'text bad' : 'text'}>{item.text}</pre>;
  if (item.kind === 'tensor') return <TensorShown {...item.tensor} />;
  const { title, names, data } = item;
  const lines = names.map((label, i) => ({
    label,
    color: COLORS[i % COLORS.length] ?? '--ink',
    ...(i >= COLORS.length && { dash: [6, 4] }),
    format: short,
  }));
  return (
    <section class="shown" aria-label={title || 'Chart'}>
      {title && <h3>{title}</h3>}
      <LineChart label={title || names.join(', ')} lines={lines} data={data} version={data} height={200} />
    </section>
  );
}

function TensorShown(output: TensorOutput) {
  const { title, dtype, shape, view } = output;
  const what = `${dtype} [${shape.join(', ')}]`;
  return (
    <section class="shown" aria-label={title || what}>
      <h3>
        {title} <span class="soft small">{what}</span>
      </h3>
      {view === 'table' ? <Table {...output} /> : <Tiles {...output} />}
    </section>
  );
}

/** Rows and columns of a tensor: its last axis longer than 1, and everything before it. */
function tableShape(shape: readonly number[]): [rows: number, columns: number] {
  const size = shape.reduce((product, n) => product * n, 1);
  const columns = shape.length > 1 ? (shape.at(-1) ?? 1) : size;
  return [columns > 0 ? size / columns : 0, columns];
}

function Table({ title, shape, values }: TensorOutput) {
  const [rows, columns] = tableShape(shape);
  const [height, width] = [Math.min(rows, MOST_ROWS), Math.min(columns, MOST_COLUMNS)];
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const isCut = height < rows || width < columns;
  return (
    <div class="table-and-map">
      <ScrollBox label={`Values of ${title || 'the tensor'}`}>
        <table class="numbers">
          <tbody>
            {range(height).map((row) => (
              <tr key={row}>
                {range(width).map((column) => (
                  <td key={column} class="number">
                    {text(values[row * columns + column] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {rows * columns > 1 && (
        <div class="tile">
          <FaceCanvas
            image={heatImage(values, rows, columns)}
            label={`Heat map of ${title || 'the tensor'}`}
          />
        </div>
      )}
      {isCut && (
        <p class="soft small">
          The first {height} × {width} of {count(rows)} × {count(columns)} numbers.
        </p>
      )}
    </div>
  );
}

/** Images, or heat maps of each channel of the first image. */
function Tiles({ title, shape, values, view }: TensorOutput) {
  const images = view === 'image' ? rgbImages(shape, values) : heatMaps(shape, values);
  if (images.length === 0) return <p class="soft small">The tensor has no elements.</p>;
  return (
    <>
      <div class="tiles">
        {images.slice(0, MOST_TILES).map((image, i) => (
          <div class="tile" key={i}>
            <FaceCanvas
              image={image}
              label={`${view === 'image' ? 'Image' : 'Heat map'} ${i + 1} of ${images.length}: ${title}`}
            />
          </div>
        ))}
      </div>
      <p class="soft small">
        {view === 'heat' && `Dark is the lowest value of a map, ${extent(values)}. `}
        {images.length > MOST_TILES && `The first ${MOST_TILES} of ${count(images.length)}.`}
      </p>
    </>
  );
}

function extent(values: ArrayLike<number>): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  return `bright the highest; all values are between ${text(low)} and ${text(high)}`;
}

function rgbImages(shape: readonly number[], values: TensorOutput['values']): ImageData[] {
  const [height = 1, width = 1, channels = 1] = shape.slice(-3);
  if (channels !== 3) return heatMaps(shape, values);
  const size = height * width * 3;
  return Array.from({ length: Math.floor(values.length / size) }, (_, i) =>
    rgb(values.subarray(i * size, (i + 1) * size), height, width),
  );
}

const rgb = (values: TensorOutput['values'], height: number, width: number): ImageData =>
  imageOfRgb({ data: Uint8ClampedArray.from(values, (value) => 255 * value), height, width });

function heatMaps(shape: readonly number[], values: TensorOutput['values']): ImageData[] {
  if (values.length === 0) return [];
  if (shape.length < 3) {
    const [rows, columns] = tableShape(shape);
    if (rows > 1 || columns <= 64) return [heatImage(values, rows, columns)];
    const height = Math.ceil(columns / 64); // a long vector, row by row
    const padded = new Float32Array(height * 64).fill(values[0] ?? 0);
    padded.set(values);
    return [heatImage(padded, height, 64)];
  }
  const [height = 1, width = 1, channels = 1] = shape.slice(-3);
  return Array.from({ length: channels }, (_, channel) => {
    const map = Float32Array.from(
      { length: height * width },
      (_, i) => values[i * channels + channel] as number,
    );
    return heatImage(map, height, width);
  });
}

const text = (value: number): string =>
  (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))).replace('-', '−');
