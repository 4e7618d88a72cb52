import { describeMachine, type Machine } from '../lib/machine.ts';
import { markdownTable, mebibytes, short } from '../lib/table.ts';
import { PEER_NAMES, PEERS, type PeerName, PLACES, type Place, ROW_NAMES, ROWS } from './roster.ts';
import type { PeerResult, RowResult } from './row.ts';

/** The measurements of one or several runs; a later run replaces the rows that it measures. */
export interface PeersReport {
  machine: Machine;
  versions: Record<string, string>;
  /** by `place/row` */
  timed: Record<string, RowResult>;
  counted: Record<string, RowResult>;
  /** gzipped bytes that an inference page loads: JavaScript, and WebAssembly separately */
  downloads: Partial<Record<PeerName, { gzipped: number; wasm: number }>>;
}

const PLACE_TITLES: Record<Place, string> = {
  chromium: 'Chromium',
  node: 'Node (Dawn)',
  firefox: 'Firefox (wgpu)',
};

/** Merges new results into the report; libraries that were not measured again keep their results. */
export function merge(rows: Record<string, RowResult>, next: RowResult): void {
  const key = `${next.place}/${next.row}`;
  const before = rows[key];
  const known = before && before.adapter === next.adapter ? before.peers : [];
  const kept = known.filter(({ peer }) => !next.peers.some((one) => one.peer === peer));
  rows[key] = { ...next, peers: [...next.peers, ...kept] };
}

/** Formats all tables as Markdown. */
export function reportText(report: PeersReport): string {
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [describeMachine(report.machine), versions.join(', ')];
  for (const place of PLACES) parts.push(...placeText(report, place));
  const downloads = PEER_NAMES.filter((peer) => report.downloads[peer]);
  if (downloads.length > 0) {
    parts.push(
      markdownTable(
        ['size of an inference page', 'JavaScript, min + gzip', 'WebAssembly, gzip'],
        downloads.map((peer) => {
          const { gzipped, wasm } = report.downloads[peer] as { gzipped: number; wasm: number };
          return [PEERS[peer].title, `${short(gzipped / 1000)} kB`, wasm ? `${short(wasm / 1e6)} MB` : '-'];
        }),
      ),
    );
  }
  return parts.join('\n\n');
}

function placeText(report: PeersReport, place: Place): string[] {
  const of = (rows: Record<string, RowResult>) =>
    ROW_NAMES.map((row) => rows[`${place}/${row}`]).filter((row) => row !== undefined);
  const timed = of(report.timed);
  const counted = of(report.counted);
  const adapter = (timed[0] ?? counted[0])?.adapter;
  if (!adapter) return [];
  const parts = [`## ${PLACE_TITLES[place]}: ${adapter}`];
  if (timed.length > 0) parts.push(...timedText(timed));
  if (counted.length > 0) parts.push(countsText(counted));
  return parts;
}

function timedText(rows: readonly RowResult[]): string[] {
  const peers = PEER_NAMES.filter((peer) => rows.some((row) => resultOf(row, peer)));
  const header = (what: string) => [what, ...peers.map((peer) => PEERS[peer].title)];
  const table = (what: string, cell: (result: PeerResult, ours: PeerResult | undefined) => string) =>
    markdownTable(
      header(what),
      rows.map((row) => [
        ROWS[row.row].title,
        ...peers.map((peer) => {
          const result = resultOf(row, peer);
          return result ? cell(result, resultOf(row, 'feathergrad')) : '';
        }),
      ]),
    );
  const failures = rows.flatMap((row) =>
    row.peers
      .filter(({ error }) => error)
      .map(({ peer, error }) => `- ${PEERS[peer].title}, ${ROWS[row.row].title}: ${error}`),
  );
  const wrong = rows.flatMap((row) => wrongText(row));
  return [
    table('milliseconds per call: median (quartiles; samples)', ({ call }) =>
      call ? `${short(call.median)} (${short(call.q1)}-${short(call.q3)}; ${call.samples})` : 'failed',
    ),
    table('time relative to feathergrad', ({ call, run }, ours) =>
      call && ours?.call
        ? `${short(call.median / ours.call.median)}${run === ours.run ? '' : ' (another run)'}`
        : '-',
    ),
    table('milliseconds to the first result, cold start', ({ first }) => (first ? short(first) : '-')),
    table('outputs compared with the reference', ({ outputs }) =>
      outputs ? `${inPowers(outputs.error)} ${outputs.agrees ? '' : 'DIFFERS'}`.trim() : '-',
    ),
    ...(rows.some(({ peers: all }) => all.some(({ gradients }) => gradients))
      ? [table('wrong gradients, largest relative difference', gradientCell)]
      : []),
    ...(wrong.length > 0 ? [`Wrong results:\n\n${wrong.join('\n')}`] : []),
    ...(failures.length > 0 ? [`Failed or timed out:\n\n${failures.join('\n')}`] : []),
  ];
}

function gradientCell({ gradients }: PeerResult): string {
  if (!gradients) return '-';
  const { wrong, parameters, worst } = gradients;
  return `${wrong.length} of ${parameters}, ${worst < 0.01 ? inPowers(worst) : inPercent(worst)}`;
}

function wrongText(row: RowResult): string[] {
  return row.peers.flatMap(({ peer, outputs, gradients }) => {
    const problems = [
      ...(outputs && !outputs.agrees ? [`outputs differ by ${inPowers(outputs.error)}`] : []),
      ...(gradients && gradients.wrong.length > 0
        ? [
            `${gradients.wrong.length} of ${gradients.parameters} gradients differ, by up to ` +
              `${inPercent(gradients.worst)} (${gradients.worstName}), from ${PEERS[row.reference ?? peer].title}'s`,
          ]
        : []),
    ];
    return problems.length > 0
      ? [`- ${PEERS[peer].title}, ${ROWS[row.row].title}: ${problems.join('; ')}`]
      : [];
  });
}

function countsText(rows: readonly RowResult[]): string {
  return markdownTable(
    [
      'one call, warm',
      'dispatches',
      'passes',
      'submits',
      'bind groups',
      'buffers',
      'pipelines',
      'GPU buffers at their peak',
    ],
    rows.flatMap((row) =>
      row.peers.map(({ peer, counts, error }) => [
        `${ROWS[row.row].title}: ${PEERS[peer].title}`,
        ...(counts
          ? [
              `${counts.dispatches}`,
              `${counts.passes}`,
              `${counts.submits}`,
              `${counts.bindGroups}`,
              `${counts.buffers}`,
              `${counts.pipelines}`,
              mebibytes(counts.peakBytes),
            ]
          : [error ?? '-']),
      ]),
    ),
  );
}

const resultOf = (row: RowResult, peer: PeerName) => row.peers.find((one) => one.peer === peer);

// JSON stores non-finite numbers as null
const inPowers = (error: number | null) =>
  error !== null && Number.isFinite(error) ? error.toExponential(0) : 'NaN';
const inPercent = (error: number | null) =>
  error !== null && Number.isFinite(error) ? `${(100 * error).toFixed(0)} %` : 'NaN';
