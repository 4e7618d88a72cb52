import type { Device } from 'feathergrad';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DeviceLimits } from '../../../../bench/own/limits.ts';
import { messageOf } from '../../lib/errors.ts';
import { bytes, count, short } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { timeOf } from './compute.ts';
import { costOf, type Row, type Size } from './costs.ts';
import { Roofline } from './roofline.tsx';

const ROWS: readonly Row[] = ['dense', 'depthwise', 'pointwise', 'separable'];
const NAMES: Record<Row, string> = {
  dense: 'dense',
  depthwise: 'depthwise',
  pointwise: 'pointwise',
  separable: 'depthwise + pointwise',
};
export type Times = Partial<Record<Row, number>>;
const SETTLE = 400; // ms without a slider change before measuring

/** Counted and measured costs, side by side. */
export function TimesTable({ device, size }: { device: Device; size: Size }) {
  const { times, isMeasuring, trouble } = useTimes(device, size);
  const [limits, setLimits] = useState<DeviceLimits | 'measuring' | { problem: string } | null>(null);
  const measureLimits = async () => {
    setLimits('measuring');
    try {
      // loaded on demand: kernels used only for measuring
      const { measureLimits: measure } = await import('../../../../bench/own/limits.ts');
      setLimits(await inTurn(() => measure(device)));
    } catch (error) {
      setLimits({ problem: messageOf(error) });
    }
  };
  return (
    <div class="stack">
      <ScrollBox label="Parameters, multiplications and times">
        <table class="costs">
          <thead>
            <tr>
              <th>{count(size.side ** 2)} pixels</th>
              <th class="number">parameters</th>
              <th class="number">MACs</th>
              <th class="number">bytes</th>
              <th class="number">MACs / byte</th>
              <th class="number">measured</th>
              <th class="number">GMAC/s</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map((row) => {
              const cost = costOf(row, size);
              const time = times[row];
              return (
                <tr key={row}>
                  <th scope="row">{NAMES[row]}</th>
                  <td class="number">{count(cost.parameters)}</td>
                  <td class="number">{count(cost.macs)}</td>
                  <td class="number">{bytes(cost.bytes).join(' ')}</td>
                  <td class="number">{short(cost.macs / cost.bytes)}</td>
                  <td class="number" data-testid={`time-${row}`}>
                    {time === undefined ? '…' : `${short(time)} ms`}
                  </td>
                  <td class="number">{time === undefined ? '…' : short(cost.macs / time / 1e6)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
      <Verdict size={size} times={times} isMeasuring={isMeasuring} />
      <Trouble text={trouble} />
      {limits === null || limits === 'measuring' ? (
        <button
          type="button"
          class="button"
          disabled={limits === 'measuring'}
          onClick={measureLimits}
          data-testid="measure-limits"
        >
          {limits === 'measuring' ? 'Measuring …' : 'Measure the limits, draw the roofline'}
        </button>
      ) : 'problem' in limits ? (
        <Trouble text={limits.problem} />
      ) : (
        <Roofline limits={limits} size={size} times={times} />
      )}
    </div>
  );
}

function Verdict({ size, times, isMeasuring }: { size: Size; times: Times; isMeasuring: boolean }) {
  const ratio = costOf('dense', size).macs / costOf('separable', size).macs;
  const faster = times.dense && times.separable ? times.dense / times.separable : null;
  return (
    <p role="status" data-testid="verdict">
      Depthwise + pointwise: <b>{ratio >= 1 ? `${short(ratio)}× fewer` : `${short(1 / ratio)}× more`}</b> MACs
      than dense
      {faster !== null && !isMeasuring ? (
        <>
          , measured{' '}
          <b>{faster >= 1 ? `${short(faster)} times faster` : `${short(1 / faster)} times slower`}</b> on this
          device. {reason(ratio, faster, size, times)}
        </>
      ) : (
        '; measuring …'
      )}
    </p>
  );
}

/** Compares the gain in time with the gain in MACs and names the cause. */
function reason(ratio: number, faster: number, size: Size, times: Times): string {
  const rate = (row: Row) => {
    const time = times[row];
    return time === undefined ? '–' : `${short(costOf(row, size).macs / time / 1e6)} GMAC/s`;
  };
  if (faster > 1.2 * ratio) {
    return `That is more than the count suggests: the dense kernel does ${rate('dense')} and the pointwise kernel ${rate('pointwise')}, so the dense layer uses this device less well.`;
  }
  if (faster < ratio / 1.2) {
    return `That is less than the count suggests: the depthwise kernel does only ${rate('depthwise')}, the dense kernel ${rate('dense')}, because the depthwise kernel spends its time on moving bytes and starting.`;
  }
  return 'That is about what the count suggests.';
}

/** Times of all rows, measured again once the size no longer changes. */
function useTimes(device: Device, size: Size) {
  const [state, set] = useState<{ times: Times; isMeasuring: boolean; trouble: string | null }>({
    times: {},
    isMeasuring: true,
    trouble: null,
  });
  const round = useRef(0);
  useEffect(() => {
    const mine = ++round.current;
    const isCurrent = () => mine === round.current;
    set({ times: {}, isMeasuring: true, trouble: null });
    const timer = setTimeout(async () => {
      const times: Times = {};
      try {
        for (const row of ROWS) {
          await inTurn(async () => {
            if (isCurrent()) times[row] = await timeOf(device, row, size);
          });
          if (!isCurrent()) return;
          set({ times: { ...times }, isMeasuring: true, trouble: null });
        }
        set({ times, isMeasuring: false, trouble: null });
      } catch (error) {
        if (isCurrent()) set({ times, isMeasuring: false, trouble: messageOf(error) });
      }
    }, SETTLE);
    return () => {
      clearTimeout(timer);
      round.current++;
    };
  }, [device, size.kernel, size.channels, size.side]);
  return state;
}
