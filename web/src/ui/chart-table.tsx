import { useState } from 'preact/hooks';
import { count } from '../lib/format.ts';
import type { Line } from './chart-options.ts';
import { sampleRows, valueAt } from './chart-scale.ts';
import { ScrollBox } from './scroll-box.tsx';

const ROWS = 40;

/** The values of a chart as a table, for screen readers and for exact numbers. It is filled when it is opened. */
export function ChartTable(props: {
  label: string;
  x: string;
  lines: readonly Line[];
  data: readonly (readonly (number | null)[])[];
}) {
  const { label, x, lines, data } = props;
  const [isOpen, setOpen] = useState(false);
  const [steps = []] = data;
  if (steps.length === 0) return null;
  return (
    <details class="chart-table small" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Data table</summary>
      {isOpen && (
        <ScrollBox label={`Data of ${label}`}>
          <table aria-label={label}>
            <thead>
              <tr>
                <th scope="col" class="number">
                  {x}
                </th>
                {lines.map((line) => (
                  <th key={line.label} scope="col" class="number">
                    {line.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sampleRows(steps.length, ROWS).map((row) => (
                <tr key={row}>
                  <th scope="row" class="number">
                    {count(steps[row] ?? 0)}
                  </th>
                  {lines.map((line, i) => {
                    const list = data[i + 1] ?? [];
                    const value = line.points ? (list[row] ?? null) : valueAt(list, row);
                    return (
                      <td key={line.label} class="number">
                        {value === null ? '' : line.format(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </details>
  );
}
