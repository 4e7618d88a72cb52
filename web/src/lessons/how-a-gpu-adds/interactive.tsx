import type { Device } from 'feathergrad';
import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { count, short } from '../../lib/format.ts';
import { Choice } from '../../ui/pieces.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { Diagram } from './diagram.tsx';
import {
  bitsOf,
  exactSum,
  KINDS,
  type NumberKind,
  numbers,
  type Raced,
  race,
  shuffled,
  WAYS,
  type Way,
} from './ways.ts';

const POWERS = [10, 12, 14, 16, 18, 20];
const NAMES: Record<Way, string> = {
  naive: 'one thread',
  chunks: 'chunks, two dispatches (feathergrad)',
  tree: 'tree in workgroups, two dispatches',
};

export function Interactive({ device }: { device: Device }) {
  const [power, setPower] = useUrlState('power', 16, [10, 20]);
  const [kind, setKind] = useUrlState('numbers', 'random', KINDS);
  const [shuffle, setShuffle] = useUrlState('shuffle', 0, [0, 1e6]);
  const n = 2 ** Math.round(power);
  const { rows, exact, isRacing, trouble } = useRace(device, kind, n, shuffle);
  return (
    <div class="stack">
      <Diagram />
      <div class="two-sides">
        <div class="stack">
          <Slider
            label="How many numbers"
            value={Math.round(power)}
            steps={POWERS}
            show={(p) => count(2 ** p)}
            onValue={setPower}
          />
          <Choice<NumberKind>
            label="Numbers"
            value={kind}
            options={[
              ['random', '0 to 1'],
              ['alike', 'all 0.1'],
              ['wide', 'tiny to large'],
            ]}
            onChange={setKind}
          />
          <div class="buttons">
            <button type="button" class="button" onClick={() => setShuffle(shuffle + 1)}>
              Shuffle the numbers
            </button>
          </div>
          <p class="soft small">
            {shuffle === 0 ? 'In their original order.' : `Order ${shuffle + 1}: the same numbers.`} Their
            exact sum is {exact.toPrecision(12).replace('-', '−')}.
          </p>
        </div>
        <div class="stack">
          <ScrollBox label="Three ways to add">
            <table class="costs">
              <thead>
                <tr>
                  <th>way</th>
                  <th class="number">dispatches</th>
                  <th class="number">measured</th>
                  <th class="number">sum</th>
                  <th class="number">its bits</th>
                  <th class="number">off by</th>
                </tr>
              </thead>
              <tbody>
                {WAYS.map((way) => (
                  <Row key={way} way={way} raced={rows[way]} exact={exact} />
                ))}
              </tbody>
            </table>
          </ScrollBox>
          <p role="status" data-testid="race">
            {isRacing ? 'Racing …' : verdict(rows)}
          </p>
          <Trouble text={trouble} />
        </div>
      </div>
    </div>
  );
}

function Row({ way, raced, exact }: { way: Way; raced: Raced | undefined; exact: number }) {
  return (
    <tr>
      <th scope="row">{NAMES[way]}</th>
      {raced ? (
        <>
          <td class="number">{raced.dispatches}</td>
          <td class="number" data-testid={`race-${way}`}>
            {short(raced.milliseconds)} ms
          </td>
          <td class="number">{raced.value.toPrecision(9).replace('-', '−')}</td>
          <td class="number">
            <code data-testid={`bits-${way}`}>{bitsOf(raced.value)}</code>
          </td>
          <td class="number">
            {Math.abs(raced.value - exact)
              .toExponential(1)
              .replace('-', '−')}
          </td>
        </>
      ) : (
        <td class="number" colSpan={5}>
          …
        </td>
      )}
    </tr>
  );
}

function verdict(rows: Partial<Record<Way, Raced>>): string {
  const { naive, chunks, tree } = rows;
  if (!naive || !chunks || !tree) return '';
  const times = (way: Raced) => {
    const ratio = naive.milliseconds / way.milliseconds;
    return ratio >= 1 ? `${short(ratio)} times as fast` : `${short(1 / ratio)} times as slow`;
  };
  const bits = new Set([naive, chunks, tree].map(({ value }) => bitsOf(value))).size;
  return (
    `Compared with one thread, the chunks are ${times(chunks)} and the tree is ${times(tree)}. ` +
    (tree.milliseconds > naive.milliseconds
      ? 'The tree loses on this device: its threads wait for one another after every round, and a CPU that emulates a GPU runs few threads at a time, so each wait is expensive. On a graphics card the tree usually wins. '
      : '') +
    (chunks.milliseconds > naive.milliseconds
      ? 'The chunks are slower here because starting a second dispatch takes longer than these few additions. '
      : '') +
    (bits === 1
      ? 'This time all three orders gave the same bits.'
      : `The three orders gave ${bits} different results from the same numbers.`)
  );
}

function useRace(device: Device, kind: NumberKind, n: number, shuffle: number) {
  const [state, set] = useState<{
    rows: Partial<Record<Way, Raced>>;
    exact: number;
    isRacing: boolean;
    trouble: string | null;
  }>({ rows: {}, exact: 0, isRacing: true, trouble: null });
  const round = useRef(0);
  useEffect(() => {
    const mine = ++round.current;
    const isCurrent = () => mine === round.current;
    const first = numbers(kind, n);
    const values = shuffle === 0 ? first : shuffled(first, shuffle);
    const exact = exactSum(values);
    const rows: Partial<Record<Way, Raced>> = {};
    set({ rows: {}, exact, isRacing: true, trouble: null });
    const timer = setTimeout(async () => {
      try {
        for (const way of WAYS) {
          await inTurn(async () => {
            if (isCurrent()) rows[way] = await race(device, way, values);
          });
          if (!isCurrent()) return;
          set({ rows: { ...rows }, exact, isRacing: true, trouble: null });
        }
        set({ rows, exact, isRacing: false, trouble: null });
      } catch (error) {
        if (isCurrent()) set({ rows, exact, isRacing: false, trouble: messageOf(error) });
      }
    }, 300);
    return () => {
      clearTimeout(timer);
      round.current++;
    };
  }, [device, kind, n, shuffle]);
  return state;
}
