// The machine-written parts of docs/performance.md: tables between markers, and two images, from docs/results/*.json.
import { type Bar, barChart } from '../lib/charts.ts';
import type { Result, ResultRow } from '../lib/result-format.ts';
import { rooflineChart } from '../lib/roofline-chart.ts';
import { markdownTable, mebibytes, percent, short } from '../lib/table.ts';

/** The adapters of docs/performance.md, by the letters that the page explains. */
const LABELS = ['S', 'L', 'F'] as const;
type Label = (typeof LABELS)[number];

/** One kind of work and size on one adapter, all libraries measured interleaved. */
interface Group {
  label: Label;
  title: string;
  rows: ResultRow[];
}

/** Returns the letter of a result's adapter and engine; null for devices that the page does not name. */
export function labelOf({ adapter, system }: Result): Label | null {
  if (/firefox/i.test(system.engine)) return 'F';
  if (/swiftshader/i.test(adapter.name)) return 'S';
  return /llvmpipe|lavapipe/i.test(adapter.name) ? 'L' : null;
}

/**
 * Returns the text between the markers of docs/performance.md, by the name in the marker. A part for which there is no
 * result is left out, so the page keeps what it has.
 */
export function measuredBlocks(results: readonly Result[]): Map<string, string> {
  const groups = peerGroups(results);
  const cold = groups.filter(({ rows }) => rows.some(({ first }) => first !== null));
  return new Map([
    ...(groups.length > 0 ? [['peers', peersTable(groups, results)] as const] : []),
    ...(cold.length > 0 ? [['cold', coldTable(cold)] as const] : []),
    ...(aloneRows(results).length > 0 ? [['alone', aloneTable(results)] as const] : []),
    ...(withKernels(results).length > 0 ? [['shares', sharesTable(results)] as const] : []),
  ]);
}

/** Returns the images of docs/performance.md by file name. */
export function measuredImages(results: readonly Result[]): Map<string, string> {
  const bars: Bar[] = peerGroups(results).flatMap(({ label, title, rows }) =>
    rows.map(({ library, call }) => ({ group: `${label}, ${title}`, name: library, ...call })),
  );
  const panels = withKernels(results).map(({ label, result: { adapter, kernels, limits } }) => ({
    title: `${label}: ${adapter.name}`,
    kernels,
    limits: limits as NonNullable<typeof limits>,
  }));
  const peers = 'Time per call compared with other libraries';
  const roofline = 'Kernels of the network and limits of the adapter';
  return new Map([
    ...(bars.length > 0 ? [['peers.svg', barChart(peers, bars)] as const] : []),
    ...(panels.length > 0 ? [['roofline.svg', rooflineChart(roofline, panels)] as const] : []),
  ]);
}

/**
 * Replaces the text between `<!-- measured: name -->` and `<!-- end -->` for each block.
 * @throws if the page has no markers for a block
 */
export function withBlocks(page: string, blocks: ReadonlyMap<string, string>): string {
  return [...blocks].reduce((text, [name, block]) => {
    const start = `<!-- measured: ${name} -->`;
    const from = text.indexOf(start);
    const to = text.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`withBlocks: no ${start} followed by <!-- end --> in the page.`);
    return `${text.slice(0, from + start.length)}\n\n${block}\n\n${text.slice(to)}`;
  }, page);
}

/** Returns the newest interleaved rows of each adapter, work and size. */
function peerGroups(results: readonly Result[]): Group[] {
  const groups = new Map<string, Group>();
  for (const result of byDate(results)) {
    const label = labelOf(result);
    if (!label) continue;
    for (const run of new Set(result.rows.map((row) => row.run))) {
      const rows = result.rows.filter((row) => row.run === run);
      const [first] = rows;
      if (!first || (rows.length < 2 && label !== 'F')) continue;
      const title = titleOf(first);
      groups.set(`${label} ${title}`, { label, title, rows: ownFirst(rows) });
    }
  }
  const at = ({ label, rows: [row] }: Group) => [
    LABELS.indexOf(label),
    Number(row?.work === 'training'),
    row?.side ?? 0,
    row?.batch ?? 0,
  ];
  return [...groups.values()].sort((a, b) => {
    const [p, q] = [at(a), at(b)];
    const i = p.findIndex((value, k) => value !== q[k]);
    return i < 0 ? 0 : (p[i] as number) - (q[i] as number);
  });
}

const byDate = (results: readonly Result[]) => [...results].sort((a, b) => a.date.localeCompare(b.date));
const isOwn = ({ library }: ResultRow) => library === 'feathergrad';
const ownFirst = (rows: readonly ResultRow[]) =>
  [...rows].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
const titleOf = ({ work, batch, side }: ResultRow) =>
  `${work === 'inference' ? work : 'training step'}, batch ${batch} at ${side}`;

function librariesOf(groups: readonly Group[]): string[] {
  return [...new Set(groups.flatMap(({ rows }) => rows.map(({ library }) => library)))];
}

function peersTable(groups: readonly Group[], results: readonly Result[]): string {
  const libraries = librariesOf(groups);
  const versions = new Map(
    groups.flatMap(({ rows }) => rows.map(({ library, version }) => [library, version] as const)),
  );
  let differs = false;
  const cell = (row: ResultRow | undefined, own: ResultRow | undefined) => {
    if (!row) return '';
    differs ||= row.agrees === false;
    const { median, q1, q3, samples } = row.call;
    const ratio = own && row !== own ? `, **${ratioText(median / own.call.median)}**` : '';
    const range = samples > 1 ? `${short(q1)}-${short(q3)}; ${samples}` : '1';
    return `${short(median)} (${range})${ratio}${row.agrees === false ? ' ¹' : ''}`;
  };
  const table = markdownTable(
    [
      'milliseconds',
      ...libraries.map((name) => (name === 'feathergrad' ? name : `${name} ${versions.get(name)}`)),
    ],
    groups.map(({ label, title, rows }) => [
      `${label}, ${title}`,
      ...libraries.map((name) =>
        cell(
          rows.find(({ library }) => library === name),
          rows.find(isOwn),
        ),
      ),
    ]),
  );
  const used = byDate(results).filter((result) =>
    result.rows.some((row) => groups.some(({ rows }) => rows.includes(row))),
  );
  const notes = used.map(({ notes: text }) => text).filter((text) => text !== '');
  const missing = used.flatMap((result) =>
    result.missing.map(({ part, reason }) => `${labelOf(result)}, ${part}: ${reason}.`),
  );
  return [
    table,
    'Empty cells were not measured: the library cannot train, does not run in that engine, or needs minutes for the row.',
    ...(differs ? [`¹ Wrong results. ${notes.join(' ')}`] : notes),
    ...(missing.length > 0 ? [`Not measured: ${missing.join(' ')}`] : []),
  ].join('\n\n');
}

const ratioText = (ratio: number) => ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0);

function coldTable(cold: readonly Group[]): string {
  const libraries = librariesOf(cold);
  return markdownTable(
    ['first result, cold', ...libraries],
    cold.map(({ label, title, rows }) => [
      `${label}, ${title}`,
      ...libraries.map((name) => {
        const first = rows.find(({ library }) => library === name)?.first;
        return first ? `${short(first / 1000)} s` : '';
      }),
    ]),
  );
}

/** Returns feathergrad's rows without other libraries, from the newest result of each adapter that has some. */
function aloneRows(results: readonly Result[]): { label: Label; row: ResultRow }[] {
  const rowsOf = ({ rows }: Result) =>
    rows.filter(({ run, activations }) => run.startsWith('feathergrad alone') && activations === 'f32');
  return LABELS.flatMap((label) => {
    const result = byDate(results).findLast((one) => labelOf(one) === label && rowsOf(one).length > 0);
    return result ? rowsOf(result).map((row) => ({ label, row })) : [];
  });
}

function aloneTable(results: readonly Result[]): string {
  const all = aloneRows(results);
  const keyOf = ({ label, row }: (typeof all)[number]) => `${label}, ${titleOf(row)}`;
  const cell = (row: ResultRow | undefined) =>
    row ? `${short(row.call.median)} (${short(row.call.q1)}-${short(row.call.q3)}; ${row.call.samples})` : '';
  return markdownTable(
    [
      'feathergrad alone, milliseconds',
      'default kernels',
      'tuned',
      'on the GPU',
      'dispatches',
      'peak of GPU memory',
    ],
    [...new Set(all.map(keyOf))].map((key) => {
      const rows = all.filter((one) => keyOf(one) === key).map(({ row }) => row);
      const plain = rows.find(({ isTuned }) => !isTuned);
      const { gpu = null, dispatches = null, peakBytes = null } = plain ?? {};
      return [
        key,
        cell(plain),
        cell(rows.find(({ isTuned }) => isTuned)),
        gpu === null ? '' : short(gpu),
        dispatches === null ? '' : `${dispatches}`,
        peakBytes === null ? '' : mebibytes(peakBytes),
      ];
    }),
  );
}

/** Returns the newest result with kernels and limits per adapter. */
function withKernels(results: readonly Result[]): { label: Label; result: Result }[] {
  return LABELS.flatMap((label) => {
    const result = byDate(results).findLast(
      (one) => labelOf(one) === label && one.limits !== null && one.kernels.length > 0,
    );
    return result ? [{ label, result }] : [];
  });
}

const ROOFLINE = `![The roofline of each adapter, with one dot per kernel and shape](images/roofline.svg)

The solid slope is the bandwidth of the fastest working set, the dashed one that of 64 MiB; both meet the arithmetic limit.`;

function sharesTable(results: readonly Result[]): string {
  const columns = withKernels(results);
  const sums = columns.map(({ result }) => {
    const found = new Map<string, { limit: number; milliseconds: number }>();
    for (const { kind, direction, input, times, limit, milliseconds } of result.kernels) {
      const name = `${kind === 'batchNorm' ? 'batch norm' : kind}, ${direction}, ${input}`;
      const sum = found.get(name) ?? { limit: 0, milliseconds: 0 };
      found.set(name, {
        limit: sum.limit + times * limit,
        milliseconds: sum.milliseconds + times * milliseconds,
      });
    }
    return found;
  });
  const names = [...new Set(sums.flatMap((found) => [...found.keys()]))].sort();
  const table = markdownTable(
    ['all layers of a kind', ...columns.map(({ label }) => `${label}, share of the limit`)],
    names.map((name) => [
      name,
      ...sums.map((found) => {
        const sum = found.get(name);
        return sum ? percent(sum.limit / sum.milliseconds) : '';
      }),
    ]),
  );
  return `${ROOFLINE}\n\n${table}`;
}
