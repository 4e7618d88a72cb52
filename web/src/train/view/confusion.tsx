import { useState } from 'preact/hooks';
import { percent } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { epochs, runState } from '../store.ts';

/** Returns the position of the epoch that is shown at first: the latest, and after the run the one whose weights were kept. */
function usualOf(list: readonly { epoch: number }[]): number {
  const state = runState.value;
  const kept = state.name === 'ended' ? list.findIndex(({ epoch }) => epoch === state.bestEpoch) : -1;
  return kept < 0 ? list.length - 1 : kept;
}

/** The confusion matrix of an epoch: rows are true classes, columns predictions. */
export function Confusion({ names }: { names: readonly string[] }) {
  const [chosen, choose] = useState<number | null>(null);
  const list = epochs.value.filter(({ confusion }) => confusion);
  const shown = list[chosen === null ? usualOf(list) : Math.min(chosen, list.length - 1)];
  if (!shown?.confusion) return null;
  const at = list.indexOf(shown);
  return (
    <section class="panel" aria-labelledby="confusion">
      <div class="panel-head">
        <h2 id="confusion">Confusion matrix</h2>
        <span class="soft small">
          epoch {shown.epoch}, accuracy {percent(shown.validAccuracy ?? 0)}
        </span>
      </div>
      <ScrollBox label="Confusion matrix">
        <table class="confusion">
          <caption class="hidden-text">
            Confusion matrix of epoch {shown.epoch}: rows are true classes, columns predictions
          </caption>
          <thead>
            <tr>
              <td />
              {names.map((name) => (
                <th key={name} scope="col" title={name}>
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.confusion.map((row, truth) => {
              const total = row.reduce((sum, n) => sum + n, 0) || 1;
              return (
                <tr key={names[truth]}>
                  <th scope="row">{names[truth]}</th>
                  {row.map((n, said) => (
                    <td
                      key={names[said]}
                      class={said === truth ? 'right' : undefined}
                      title={`${names[truth]} predicted as ${names[said]}: ${n} of ${total}`}
                      style={{ '--v': n / total }}
                    >
                      {n || ''}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
      {list.length > 1 && (
        <label class="scrub">
          <span class="soft small">Epoch</span>
          <input
            type="range"
            min={0}
            max={list.length - 1}
            value={at}
            aria-valuetext={`epoch ${shown.epoch}`}
            onInput={(event) => {
              const value = Number(event.currentTarget.value);
              choose(value === list.length - 1 ? null : value);
            }}
          />
        </label>
      )}
    </section>
  );
}
