import { barChart, barsOf } from '../lib/charts.ts';
import type { Result, ResultKernel, ResultRow } from '../lib/result-format.ts';
import { rooflineChart } from '../lib/roofline-chart.ts';
import { markdownTable, mebibytes, percent, short } from '../lib/table.ts';

/** Files of a result by name: JSON in the format of docs/results/, Markdown, charts. */
export function filesOf(result: Result): Map<string, string> {
  const files = new Map([
    ['result.json', `${JSON.stringify(result, null, 1)}\n`],
    ['result.md', `${reportText(result)}\n`],
  ]);
  const { name } = result.adapter;
  if (result.rows.length > 0)
    files.set('network.svg', barChart(`Milliseconds per call on ${name}`, barsOf(inGroups(result.rows))));
  const { limits, kernels } = result;
  if (limits && kernels.length > 0) {
    files.set('roofline.svg', rooflineChart('Kernels and limits', [{ title: name, kernels, limits }]));
  }
  return files;
}

/** Orders rows by work and size; within a size, feathergrad is first. */
export function inGroups(rows: readonly ResultRow[]): ResultRow[] {
  const order = ({ work, side, batch }: ResultRow) => [work === 'inference' ? 0 : 1, side, batch];
  const isOther = ({ library }: ResultRow) => Number(library !== 'feathergrad');
  return [...rows].sort((a, b) => {
    const [p, q] = [order(a), order(b)];
    const at = p.findIndex((value, i) => value !== q[i]);
    return at < 0 ? isOther(a) - isOther(b) : (p[at] as number) - (q[at] as number);
  });
}

export function reportText(result: Result): string {
  const { adapter, system, limits, kernels, rows, training, missing, notes } = result;
  const parts = [
    `# ${adapter.name}`,
    [
      `- Adapter: ${[adapter.name, adapter.vendor, adapter.architecture].filter((word) => word).join(', ')} (${adapter.kind})`,
      `- Driver: ${adapter.driver ?? 'not reported'}`,
      `- Features: ${adapter.features?.join(', ') || (adapter.features ? 'none' : 'not known')}`,
      `- System: ${system.os}${system.cpu ? `, ${system.cores ?? '?'} x ${system.cpu}` : ''}`,
      `- Engine: ${system.engine}`,
      `- Date: ${result.date.slice(0, 16).replace('T', ' ')} UTC`,
      ...(notes ? [`- Notes: ${notes}`] : []),
    ].join('\n'),
  ];
  if (limits) parts.push('## Limits', limitsTable(limits));
  if (rows.length > 0) parts.push('## The whole network', rowsTable(inGroups(rows)));
  if (kernels.length > 0) parts.push('## Kernels, as a share of the limit', kernelsTable(kernels));
  if (training) {
    const accuracy =
      training.accuracy === null
        ? ''
        : `; ${(100 * training.accuracy).toFixed(1)} % of the validation images are classified correctly`;
    parts.push(
      '## Training',
      `${training.data}: ${training.epochs} epochs in ${Math.round(training.seconds)} s${accuracy}.`,
    );
  }
  if (missing.length > 0) {
    parts.push('## Not measured', missing.map(({ part, reason }) => `- ${part}: ${reason}`).join('\n'));
  }
  return parts.join('\n\n');
}

function limitsTable({
  copy,
  flopsPerSecond,
  secondsPerDispatch,
  secondsPerBarrier,
  usesTimestamps,
}: NonNullable<Result['limits']>): string {
  return markdownTable(
    [`limit, by ${usesTimestamps ? 'timestamps' : 'the clock'}`, 'measured'],
    [
      ...copy.map(({ megabytes, bytesPerSecond }) => [
        `copy of a working set of ${megabytes} MiB`,
        `${short(bytesPerSecond / 1e9)} GB/s`,
      ]),
      ['fused multiply-add', `${short(flopsPerSecond / 1e9)} GFLOP/s`],
      ['one dispatch, wall-clock time', `${short(1e6 * secondsPerDispatch)} us`],
      ...Object.entries(secondsPerBarrier).map(([size, seconds]) => [
        `barrier in a workgroup of ${size}`,
        `${short(1e6 * seconds)} us`,
      ]),
    ],
  );
}

function rowsTable(rows: readonly ResultRow[]): string {
  return markdownTable(
    [
      'work',
      'library',
      'ms per call (quartiles; samples)',
      'GPU ms',
      'images/s',
      'first result',
      'dispatches',
      'peak GPU',
      'result',
    ],
    rows.map((row) => [
      `${row.work}, batch ${row.batch} at ${row.side}`,
      [`${row.library} ${row.version}`, row.isTuned && 'tuned', row.recomputes && 'recomputing']
        .filter((word) => word)
        .join(', '),
      `${short(row.call.median)} (${short(row.call.q1)}-${short(row.call.q3)}; ${row.call.samples})`,
      row.gpu === null ? '' : short(row.gpu),
      short((1000 * row.batch) / row.call.median),
      row.first === null ? '' : `${short(row.first / 1000)} s`,
      row.dispatches === null ? '' : `${row.dispatches}`,
      row.peakBytes === null ? '' : mebibytes(row.peakBytes),
      row.agrees === null ? '' : row.agrees ? 'agrees' : 'DIFFERS',
    ]),
  );
}

function kernelsTable(kernels: readonly ResultKernel[]): string {
  const sums = new Map<string, { milliseconds: number; limit: number; shapes: number }>();
  for (const { kind, direction, input, isTuned, times, milliseconds, limit } of kernels) {
    const name = `${kind}, ${direction}, ${input}${isTuned ? ', tuned' : ''}`;
    const sum = sums.get(name) ?? { milliseconds: 0, limit: 0, shapes: 0 };
    sums.set(name, {
      milliseconds: sum.milliseconds + times * milliseconds,
      limit: sum.limit + times * limit,
      shapes: sum.shapes + 1,
    });
  }
  return markdownTable(
    ['all layers of a kind', 'shapes', 'ms', 'limit ms', 'of limit'],
    [...sums].map(([name, { milliseconds, limit, shapes }]) => [
      name,
      `${shapes}`,
      short(milliseconds),
      short(limit),
      percent(limit / milliseconds),
    ]),
  );
}
