import type { DeviceLimits } from '../../../bench/own/limits.ts';
import { kernelTotals, measuredTime } from '../../../bench/own/roofline.ts';
import { percent, short } from '../lib/format.ts';
import { ScrollBox } from '../ui/scroll-box.tsx';
import type { Measured } from './messages.ts';
import { Roofline } from './roofline.tsx';

/** All kernels compared with the device's limits. */
export function Kernels({ kernels, limits }: { kernels: readonly Measured[]; limits: DeviceLimits }) {
  const totals = kernelTotals(kernels);
  const byShare = [...kernels].sort((a, b) => a.share - b.share);
  return (
    <section class="panel" aria-labelledby="kernels">
      <div class="panel-head">
        <h2 id="kernels">Roofline of all kernels</h2>
        <span class="soft small">{kernels[0]?.input}</span>
      </div>
      <Roofline kernels={kernels} limits={limits} />
      <ScrollBox label="Totals by kind of layer">
        <table>
          <caption class="hidden-text">Totals by kind of layer</caption>
          <thead>
            <tr>
              <th scope="col">Kind of layer</th>
              <th scope="col" class="number">
                Measured
              </th>
              <th scope="col" class="number">
                Best possible
              </th>
              <th scope="col" class="number">
                % of limit
              </th>
            </tr>
          </thead>
          <tbody>
            {totals.map(({ name, measured, limit, share }) => (
              <tr key={name}>
                <td>{name.replace('batchNorm', 'batch norm').replace(/, batch \d+ at \d+$/, '')}</td>
                <td class="number">{short(measured)} ms</td>
                <td class="number soft">{short(limit)} ms</td>
                <td class="number">{percent(share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <details>
        <summary>All {kernels.length} operations, lowest % of limit first</summary>
        <ScrollBox label="All operations">
          <table data-testid="kernels">
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col" class="number">
                  Layers
                </th>
                <th scope="col" class="number">
                  Measured
                </th>
                <th scope="col" class="number">
                  Best possible
                </th>
                <th scope="col">Limited by</th>
                <th scope="col" class="number">
                  % of limit
                </th>
              </tr>
            </thead>
            <tbody>
              {byShare.map((one) => (
                <tr key={`${one.name}${one.direction}`}>
                  <td>
                    {one.name}, {one.direction}
                  </td>
                  <td class="number">{one.times}</td>
                  <td class="number">{short(measuredTime(one))} ms</td>
                  <td class="number soft">{short(one.limit)} ms</td>
                  <td class="soft">{one.limitedBy}</td>
                  <td class="number">{percent(one.share)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      </details>
    </section>
  );
}
