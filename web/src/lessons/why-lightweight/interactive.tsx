import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { count, short } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { useIsGone } from '../pieces/use-is-gone.ts';
import { useLatest } from '../pieces/use-latest.ts';
import { timeOfNetwork } from './measure.ts';
import { COUNTED_SIDE, countAll, ENTRIES, MEASURED_SIDE } from './networks.ts';
import { Plot } from './plot.tsx';
import { type Measured, verdictOf } from './verdict.ts';

export function Interactive({ device }: { device: Device }) {
  const counts = useLatest('counts', async () => ({
    published: await countAll(COUNTED_SIDE),
    measured: await countAll(MEASURED_SIDE),
  }));
  const [times, setTimes] = useState<readonly (number | undefined)[]>([]);
  const [running, setRunning] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const isGone = useIsGone();
  const measure = async () => {
    const found: (number | undefined)[] = [];
    setTrouble(null);
    try {
      for (const [i, { model, label }] of ENTRIES.entries()) {
        if (model === null) continue;
        if (isGone.current) return;
        setRunning(label);
        found[i] = await inTurn(() => timeOfNetwork(device, model));
        setTimes([...found]);
      }
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setRunning(null);
    }
  };
  if (!counts.value) {
    return counts.trouble === null ? <p class="soft">Counting …</p> : <Trouble text={counts.trouble} />;
  }
  const { published, measured } = counts.value;
  const rows: Measured[] = ENTRIES.flatMap(({ label }, i) => {
    const time = times[i];
    return time === undefined ? [] : [{ label, macs: measured[i]?.macs ?? 0, milliseconds: time }];
  });
  const isDone = rows.length === ENTRIES.length - 1;
  return (
    <div class="stack">
      <ScrollBox label="The networks">
        <table class="costs" data-testid="networks">
          <thead>
            <tr>
              <th scope="col">network</th>
              <th scope="col">idea</th>
              <th scope="col" class="number">
                parameters
              </th>
              <th scope="col" class="number">
                MACs, {COUNTED_SIDE} px
              </th>
              <th scope="col" class="number">
                measured, {MEASURED_SIDE} px
              </th>
            </tr>
          </thead>
          <tbody>
            {ENTRIES.map(({ label, year, idea, model }, i) => {
              const time = times[i];
              return (
                <tr key={label}>
                  <th scope="row">
                    {label}, {year}
                  </th>
                  <td>{idea}</td>
                  <td class="number">{count(published[i]?.parameters ?? 0)}</td>
                  <td class="number">{count(Math.round((published[i]?.macs ?? 0) / 1e6))} M</td>
                  <td class="number" data-testid={`time-${model}`}>
                    {model === null ? 'not run' : time === undefined ? '–' : `${short(time)} ms`}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
      <div class="buttons">
        <button
          type="button"
          class="button primary"
          disabled={running !== null}
          onClick={measure}
          data-testid="measure"
        >
          {running === null ? 'Measure on this device' : `Measuring ${running} …`}
        </button>
      </div>
      <Trouble text={trouble} />
      {rows.length > 0 && <Plot rows={rows} />}
      <p role="status" data-testid="verdict">
        {isDone && running === null
          ? verdictOf(rows)
          : 'The times are those of one image with random weights, which take as long as trained ones. VGG-16 is only counted: its weights alone are 553 MB.'}
      </p>
    </div>
  );
}
