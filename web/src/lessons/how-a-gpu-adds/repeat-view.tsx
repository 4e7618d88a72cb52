import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { count } from '../../lib/format.ts';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { bitsOf, numbers, sumManyTimes } from './ways.ts';

const COUNT = 2 ** 13;
const TIMES = 24;

/** The same numbers, added 24 times: the bits of every result. */
export function RepeatView({ device, broken }: { device: Device; broken: boolean }) {
  const [round, setRound] = useState(0);
  const { value, trouble } = useLatest(`${broken} ${round}`, async () => ({
    broken,
    results: await inTurn(() => sumManyTimes(device, numbers('wide', COUNT), TIMES, !broken)),
  }));
  if (!value) return trouble === null ? <p class="soft">Adding …</p> : <Trouble text={trouble} />;
  const bits = value.results.map(bitsOf);
  const distinct = [...new Set(bits)];
  return (
    <div class="stack">
      <ol class="bits" aria-label="Bits of each result">
        {bits.map((one, i) => (
          <li key={`${i} ${one}`} class={one === bits[0] ? '' : 'other'}>
            <code>{one}</code>
          </li>
        ))}
      </ol>
      <p role="status" data-testid="repeat">
        {TIMES} sums of the same {count(COUNT)} numbers,{' '}
        {value.broken ? 'in order of arrival' : 'by feathergrad’s two dispatches'}:{' '}
        <b>{distinct.length === 1 ? 'the same bits every time' : `${distinct.length} different results`}</b>,
        from {Math.min(...value.results)} to {Math.max(...value.results)}.
        {value.broken &&
          (distinct.length === 1
            ? ' On this device all threads arrived in the same order each time, as happens when a CPU runs them one after another. That is not guaranteed.'
            : ' The threads of this device reached the sum in a different order each time, and each order rounds differently.')}
      </p>
      <Trouble text={trouble} />
      <button type="button" class="button" onClick={() => setRound(round + 1)}>
        Add again
      </button>
    </div>
  );
}
