import type { Device } from 'feathergrad';
import { useRef } from 'preact/hooks';
import { FaceCanvas } from '../../ui/pieces.tsx';
import { inTurn } from '../device.ts';
import { rgbImage } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { Curves } from './curves.tsx';
import { SIDE, train, twentyFaces } from './training.ts';
import { verdictOf } from './verdict.ts';

const WIDTHS = [1, 2, 4, 8, 16, 32];
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const DECAYS = [0, 0.01, 0.03, 0.1, 0.3, 1];
const COUNTS = [20, 40, 80, 160, 320];

export function Interactive({ device }: { device: Device }) {
  const [width, setWidth] = useUrlState('w', 16, [1, 32]);
  const [learningRate, setRate] = useUrlState('lr', 0.01, [0.0001, 1]);
  const [weightDecay, setDecay] = useUrlState('wd', 0, [0, 1]);
  const [wanted, setPictures] = useUrlState('n', 20, [20, 320]);
  const pictures = COUNTS.find((one) => one >= wanted) ?? 320;
  const settings = { width: Math.round(width), learningRate, weightDecay, pictures };
  const key = JSON.stringify(settings);
  const newest = useRef(key);
  newest.current = key;
  const faces = useLatest('faces', () => twentyFaces(device));
  const { value, trouble } = useLatest(key, async () => {
    const started = performance.now();
    const points = await inTurn(() => train(device, settings, () => newest.current !== key));
    return { key, points, seconds: (performance.now() - started) / 1000 };
  });
  const isCurrent = value?.key === key;
  return (
    <div class="stack">
      {faces.value && <TwentyFaces values={faces.value} />}
      <Slider
        label="Size of the network (hidden numbers)"
        value={settings.width}
        steps={WIDTHS}
        onValue={setWidth}
        testId="size"
      />
      <Slider label="Learning rate" value={learningRate} steps={RATES} onValue={setRate} testId="rate" />
      <Slider label="Weight decay" value={weightDecay} steps={DECAYS} onValue={setDecay} testId="decay" />
      <Slider
        label="Training pictures"
        value={pictures}
        steps={COUNTS}
        onValue={setPictures}
        testId="pictures"
      />
      <Trouble text={trouble ?? faces.trouble} />
      {value && <Curves points={value.points} />}
      <p role="status" data-testid="verdict">
        {isCurrent
          ? `${verdictOf(value.points)} Your device trained in ${value.seconds.toFixed(1)} s.`
          : trouble === null && 'Training …'}
      </p>
    </div>
  );
}

/** The pictures in two rows, surprised above and happy below. */
function TwentyFaces({ values }: { values: Float32Array }) {
  const sheet = new Float32Array(3 * values.length);
  const across = 10 * SIDE;
  for (let i = 0; i < values.length; i++) {
    const face = Math.floor(i / (SIDE * SIDE));
    const [row, column] = [Math.floor((i % (SIDE * SIDE)) / SIDE), i % SIDE];
    const y = Math.floor(face / 10) * SIDE + row;
    const at = 3 * (y * across + (face % 10) * SIDE + column);
    sheet.fill(values[i] as number, at, at + 3);
  }
  return (
    <figure>
      <FaceCanvas
        image={rgbImage(sheet, 2 * SIDE, across)}
        label="Ten drawn people, surprised in the first row and happy in the second"
      />
      <figcaption class="small soft">
        Twenty of the training pictures: surprised above, happy below.
      </figcaption>
    </figure>
  );
}
