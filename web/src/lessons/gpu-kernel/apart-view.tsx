import type { Device } from 'feathergrad';
import { count, short } from '../../lib/format.ts';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { apartText } from './apart-text.ts';
import { APART, COPIED, copyRate } from './run.ts';

/** The rate of a copy whose neighboring threads use neighboring numbers, or numbers far apart. */
export function ApartView({ device, broken }: { device: Device; broken: boolean }) {
  const near = useLatest('near', () => inTurn(() => copyRate(device, 1)));
  const far = useLatest(String(broken), () =>
    broken ? inTurn(() => copyRate(device, APART)) : Promise.resolve(null),
  );
  const rate = broken ? far.value : near.value;
  return (
    <div class="stack">
      <Trouble text={near.trouble ?? far.trouble} />
      <p role="status" data-testid="copy-verdict">
        {near.value === null || rate === null
          ? 'Measuring …'
          : broken
            ? apartText(near.value, rate)
            : `${count(COPIED)} numbers are read and written with ${short(rate / 1e9)} GB/s. Neighboring threads use neighboring numbers.`}
      </p>
    </div>
  );
}
