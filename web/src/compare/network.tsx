import { power, short } from '../lib/format.ts';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { LIBRARY_NAMES, type NetworkRow, WORKS } from './messages.ts';

/** The whole network in each library: a bar for the median, a line between the quartiles, and the numbers. */
export function Network({ rows }: { rows: readonly NetworkRow[] }) {
  return (
    <section class="panel" aria-labelledby="network">
      <div class="panel-head">
        <h2 id="network">The whole network</h2>
        <span class="soft small">
          shorter is faster, on a logarithmic scale; each call includes uploading the pictures and reading the
          result
        </span>
      </div>
      {WORKS.map((work) => {
        const those = rows.filter((row) => row.work === work);
        const [any] = those;
        if (!any) return null;
        const scale = logScale(those.flatMap(({ call }) => [call.q1, call.median, call.q3]));
        const own = those.find(({ library }) => library === 'feathergrad')?.call.median;
        return (
          <ScrollBox
            class="network-part"
            key={work}
            label={work === 'inference' ? 'Inference' : 'Training step'}
          >
            <table class="network">
              <caption>
                {work === 'inference' ? 'Inference' : 'Training step'}, batch {any.batch} at {any.side} ×{' '}
                {any.side}
              </caption>
              <thead>
                <tr>
                  <th scope="col">Library</th>
                  <th scope="col" class="wide">
                    <span class="hidden-text">Median, as a bar</span>
                  </th>
                  <th scope="col" class="number">
                    Median
                  </th>
                  <th scope="col" class="number">
                    Factor
                  </th>
                  <th scope="col" class="number">
                    Quartiles
                  </th>
                  <th scope="col" class="number">
                    Images/s
                  </th>
                  <th scope="col" class="number">
                    First call
                  </th>
                  <th scope="col">Result</th>
                </tr>
              </thead>
              <tbody>
                {those.map(({ library, call, batch, first, error, agrees }) => (
                  <tr key={library} data-testid={`${work}-${library}`}>
                    <th scope="row">{LIBRARY_NAMES[library]}</th>
                    <td class="wide">
                      <i
                        class={library === 'feathergrad' ? 'meter own' : 'meter'}
                        style={{ '--m': scale(call.median), '--a': scale(call.q1), '--b': scale(call.q3) }}
                      />
                    </td>
                    <td class="number">
                      <b>{short(call.median)}</b> ms
                    </td>
                    <td class="number">{own === undefined ? '' : `${short(call.median / own)} ×`}</td>
                    <td class="number soft">
                      {short(call.q1)}–{short(call.q3)}
                    </td>
                    <td class="number">{short((1000 * batch) / call.median)}</td>
                    <td class="number soft">{short(first / 1000)} s</td>
                    <td class={agrees ? 'soft' : 'bad'}>
                      {error === null
                        ? 'reference'
                        : agrees
                          ? `agrees to ${power(error, 0)}`
                          : `differs by ${power(error, 1)}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        );
      })}
    </section>
  );
}

/** Maps times to bar lengths from 0 to 1 on a logarithmic scale that begins at a third of the shortest time. */
function logScale(times: readonly number[]): (time: number) => number {
  const low = Math.log(Math.min(...times) / 3);
  const high = Math.log(Math.max(...times));
  return (time) => (Math.log(time) - low) / (high - low);
}
