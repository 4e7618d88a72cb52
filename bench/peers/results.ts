import { RESULT_FORMAT, type Result, type ResultRow } from '../lib/result-format.ts';
import type { PeersReport } from './report.ts';
import { PEERS, PLACES, type Place, ROW_NAMES, ROWS, type RowName } from './roster.ts';
import type { PeerResult, RowResult } from './row.ts';

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/** Converts one library's timing to a row of the format of docs/results/. `call` must have been measured. */
export function peerRow(
  { peer, run, call, first, outputs, gradients }: PeerResult & { call: NonNullable<PeerResult['call']> },
  row: RowName,
  version: string,
): ResultRow {
  const { work, size, side } = ROWS[row];
  const isOwn = peer === 'feathergrad';
  // a JSON message carries infinite and NaN differences as null
  const error = outputs && Number.isFinite(outputs.error) ? outputs.error : null;
  return {
    run,
    library: PEERS[peer].title,
    version,
    work,
    batch: size,
    side,
    isTuned: false,
    activations: 'f32',
    recomputes: false,
    call,
    gpu: null,
    first: first ?? null,
    peakBytes: null,
    dispatches: null,
    error: isOwn ? null : error,
    agrees: isOwn || !outputs ? null : outputs.agrees && (gradients?.wrong.length ?? 0) === 0,
  };
}

/** Converts a report to results by file name, one per engine and adapter. */
export function resultsOf(report: PeersReport): Map<string, Result> {
  return new Map(
    PLACES.flatMap((place) => {
      const result = resultOf(report, place);
      return result ? [[`peers-${place}.json`, result] as const] : [];
    }),
  );
}

function resultOf({ timed, machine, versions }: PeersReport, place: Place): Result | null {
  const rows = ROW_NAMES.map((row) => timed[`${place}/${row}`]).filter((row) => row !== undefined);
  const last = rows.findLast((row) => row.surroundings);
  if (!last?.surroundings) return null;
  const { adapter, engine } = last.surroundings;
  const ofAdapter = rows.filter((row) => row.adapter === last.adapter);
  return {
    format: RESULT_FORMAT,
    date: ofAdapter.flatMap((row) => row.peers.map(({ run }) => run)).sort()[0] ?? machine.date,
    adapter: { ...adapter, kind: SOFTWARE.test(adapter.name) ? 'software' : 'unknown', features: null },
    system: { os: machine.system, cpu: machine.cpu, cores: machine.cores, engine },
    limits: null,
    rows: ofAdapter.flatMap(({ row, peers }) =>
      peers.flatMap((one) => {
        const { call } = one;
        const version = versions[PEERS[one.peer].library] ?? 'unknown';
        return call ? [peerRow({ ...one, call }, row, version)] : [];
      }),
    ),
    kernels: [],
    training: null,
    missing: ofAdapter.flatMap(({ row, peers }) =>
      peers.flatMap(({ peer, error }) =>
        error ? [{ part: `${PEERS[peer].title}, ${ROWS[row].title}`, reason: error.slice(0, 1000) }] : [],
      ),
    ),
    notes: ofAdapter.flatMap(gradientNotes).join(' '),
  };
}

/** Describes gradients that differ from the reference's, which the format stores only as `agrees: false`. */
function gradientNotes({ row, peers }: RowResult): string[] {
  return peers.flatMap(({ peer, gradients }) =>
    gradients && gradients.wrong.length > 0
      ? [
          `${PEERS[peer].title}, ${ROWS[row].title}: ${gradients.wrong.length} of ${gradients.parameters} gradients ` +
            `differ from feathergrad's${Number.isFinite(gradients.worst) ? `, by up to ${Math.round(100 * gradients.worst)} %` : ''}.`,
        ]
      : [],
  );
}
