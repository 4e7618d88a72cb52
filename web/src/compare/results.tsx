import { signal } from '@preact/signals';
import { parseResult, type Result, type ResultRow } from '../../../bench/lib/result-format.ts';
import { messageOf } from '../lib/errors.ts';
import { short } from '../lib/format.ts';
import { Notice } from '../ui/pieces.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { conditionsOf } from './conditions.ts';
import { resultFromLink } from './share-result.ts';

const files = import.meta.glob<Result>('../../../docs/results/*.json', { eager: true, import: 'default' });

/** the result of the link that was followed */
const linked = signal<Result | null>(null);
/** Results that the visitor opened, newest first, before those of docs/results/. */
const opened = signal<Result[]>([]);
const problem = signal<string | null>(null);
/** the shown work and size, such as `inference 1 48` */
const chosen = signal<string | null>(null);

const keyOf = ({ work, batch, side }: ResultRow) => `${work} ${batch} ${side}`;
const titleOf = (key: string) => {
  const [work, batch, side] = key.split(' ');
  return `${work === 'inference' ? 'Inference' : 'Training step'}, batch ${batch} at ${side} × ${side}`;
};

async function open(file: File): Promise<void> {
  try {
    opened.value = [parseResult(await file.text()), ...opened.peek()];
    problem.value = null;
  } catch (error) {
    problem.value = messageOf(error);
  }
}

/** Shows the result that a link contains, first among the others. */
export async function showLinked(data: string): Promise<void> {
  try {
    const result = await resultFromLink(data);
    const [row] = result.rows;
    linked.value = result;
    opened.value = [result, ...opened.peek()];
    if (row) chosen.value = keyOf(row);
    problem.value = null;
  } catch (error) {
    problem.value = messageOf(error);
  }
}

/** The results of docs/results/ and of opened files: one table with bars per kind of work and size. */
export function Results() {
  const results = [...opened.value, ...Object.values(files)];
  const rows = results.flatMap((result) => result.rows.map((row) => ({ row, result })));
  const keys = [...new Set(rows.map(({ row }) => keyOf(row)))].sort(byNumbers);
  const key = keys.find((one) => one === chosen.value) ?? keys[0];
  const shown = rows
    .filter(({ row }) => keyOf(row) === key)
    .sort((a, b) => a.row.call.median - b.row.call.median);
  const most = Math.max(...shown.map(({ row }) => row.call.q3));
  return (
    <section class="panel" aria-labelledby="results">
      <div class="panel-head">
        <h2 id="results">Results of other devices</h2>
        <span class="soft small">
          Measured by contributors, each library alone or taking turns with others; shorter is faster
        </span>
      </div>
      <div class="results-choice">
        <label>
          Work{' '}
          <select
            value={key}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            {keys.map((one) => (
              <option key={one} value={one}>
                {titleOf(one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          Add a result file{' '}
          <input
            type="file"
            accept=".json,application/json"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) void open(file);
            }}
          />
        </label>
      </div>
      {linked.value && (
        <Notice title={`The link contains a result of ${linked.value.adapter.name}`} testId="linked">
          <p>
            It was measured on {linked.value.date.slice(0, 10)} with {linked.value.system.engine} and is shown
            among the others here. Whoever made the link can have changed the numbers.
          </p>
        </Notice>
      )}
      {problem.value && (
        <Notice title="That is not a result" kind="bad" testId="result-problem">
          <pre>{problem.value}</pre>
        </Notice>
      )}
      {shown.length > 0 && (
        <ScrollBox label="Results" class="network-part">
          <table class="network results" data-testid="results">
            <caption>{titleOf(key as string)}</caption>
            <thead>
              <tr>
                <th scope="col">Device</th>
                <th scope="col">Library</th>
                <th scope="col" class="wide">
                  <span class="hidden-text">Median, as a bar</span>
                </th>
                <th scope="col" class="number">
                  Median
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
              </tr>
            </thead>
            <tbody>
              {shown.map(({ row, result }, i) => (
                <tr key={i}>
                  <th scope="row" title={`${result.adapter.driver ?? ''} ${result.system.engine}`}>
                    {result.adapter.name}
                    <span class="conditions">{conditionsOf(result)}</span>
                  </th>
                  <td class="soft">
                    {row.library}
                    {row.isTuned && ', tuned'}
                    {row.recomputes && ', recomputing'}
                    {row.activations === 'f16' && ', f16'}
                  </td>
                  <td class="wide">
                    <i
                      class={row.library === 'feathergrad' ? 'meter own' : 'meter'}
                      style={{
                        '--m': row.call.median / most,
                        '--a': row.call.q1 / most,
                        '--b': row.call.q3 / most,
                      }}
                    />
                  </td>
                  <td class="number">
                    <b>{short(row.call.median)}</b> ms
                  </td>
                  <td class="number soft">
                    {short(row.call.q1)}–{short(row.call.q3)}
                  </td>
                  <td class="number">{short((1000 * row.batch) / row.call.median)}</td>
                  <td class="number soft">{row.first === null ? '' : `${short(row.first / 1000)} s`}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      <ul class="soft small">
        {results.map((result) => (
          <li key={result.date}>
            {result.adapter.name}, {conditionsOf(result)}: {result.system.engine}; {result.date.slice(0, 10)}
            {result.notes && `; ${result.notes}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Orders keys by work, side and batch. */
function byNumbers(a: string, b: string): number {
  const [work = '', batch = '', side = ''] = a.split(' ');
  const [otherWork = '', otherBatch = '', otherSide = ''] = b.split(' ');
  return (
    work.localeCompare(otherWork) || Number(side) - Number(otherSide) || Number(batch) - Number(otherBatch)
  );
}
