import { RESULT_FORMAT, type Result } from '../../../bench/lib/result-format.ts';
import { measuredTime } from '../../../bench/own/roofline.ts';
import { version } from '../../../package.json';
import { devDependencies } from '../../package.json';
import { LIBRARY_NAMES, type Library, type Report } from './messages.ts';

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|warp|basic render/i;

/** The version of a library: exact for feathergrad, the range of web/package.json for the others. */
function versionOf(library: Library): string {
  if (library === 'feathergrad') return version;
  const name = Object.keys(devDependencies).find((one) =>
    ({ tfjs: /tfjs-core/, ort: /onnxruntime-web/, jax: /jax/ })[library as string]?.test(one),
  );
  return (name && devDependencies[name as keyof typeof devDependencies].replace(/^\^/, '')) || 'unknown';
}

/** Converts what the page measured to the format of docs/results/. */
export function resultOf(report: Report): Result {
  const { adapter, browser, limits, network, kernels, failures } = report;
  return {
    format: RESULT_FORMAT,
    date: report.date,
    adapter: {
      name: adapter || 'unnamed adapter',
      vendor: null,
      architecture: null,
      driver: null,
      kind: SOFTWARE.test(adapter) ? 'software' : 'unknown',
      features: null,
    },
    system: { os: navigator.platform || 'unknown', cpu: null, cores: null, engine: browser },
    limits: limits && { ...limits, secondsPerBarrier: { ...limits.secondsPerBarrier } },
    rows: network.map(({ library, work, batch, side, call, first, error, agrees }) => ({
      run: `${report.date} ${work}`,
      library: library === 'feathergrad' ? library : LIBRARY_NAMES[library].replace(',', ''),
      version: versionOf(library),
      work,
      batch,
      side,
      isTuned: library === 'feathergrad' && report.settings.tuned === 'true',
      activations: 'f32',
      recomputes: false,
      call,
      gpu: null,
      first,
      peakBytes: null,
      dispatches: null,
      error: error !== null && Number.isFinite(error) ? error : null,
      agrees: library === 'feathergrad' ? null : agrees,
    })),
    kernels: kernels.map((one) => ({
      name: one.name,
      kind: one.kind,
      direction: one.direction,
      input: one.input,
      times: one.times,
      isTuned: false,
      milliseconds: measuredTime(one),
      limit: one.limit,
      limitedBy: one.limitedBy,
      flops: one.flops,
      bytes: one.bytes,
    })),
    training: null,
    missing: failures.map(({ library, work, message }) => ({
      part: `${LIBRARY_NAMES[library]}, ${work}`,
      reason: message.slice(0, 1000),
    })),
    notes: '',
  };
}
