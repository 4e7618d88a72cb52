// The arithmetic of the benchmarks. A test cannot check what they measure, but how they sum and compare it.
import { expect, test } from 'vitest';
import { parseResult } from '../../bench/lib/result-format.ts';
import { median, spread } from '../../bench/lib/statistics.ts';
import { benchmarkWeights } from '../../bench/lib/weights.ts';
import { layerShapes, nameOf } from '../../bench/own/shapes.ts';
import { compareGradients, compareOutputs } from '../../bench/peers/compare.ts';
import { Host } from '../../bench/peers/host.ts';
import type { PeersReport } from '../../bench/peers/report.ts';
import { resultsOf } from '../../bench/peers/results.ts';
import { PEER_NAMES, type PeerName } from '../../bench/peers/roster.ts';
import { measureRow } from '../../bench/peers/row.ts';
import { permute } from '../../bench/peers/weights.ts';
import { FerMobileNetV3 } from '../../src/index.ts';

test('medians and quartiles are interpolated, for any order of the samples', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25, samples: 4 });
  expect(median([7])).toBe(7);
  expect(() => spread([])).toThrow('no samples');
});

test('the layer shapes cover the network: their multiply-accumulates plus those of the stem are its total', () => {
  const shapes = layerShapes(1, 224);
  const macs = shapes
    .filter(({ kind }) => kind !== 'batchNorm')
    .map(({ kind, outHeight, outWidth, inputs, outputs, kernel, times }) => {
      const each = kernel * kernel * (kind === 'pointwise' ? inputs : 1);
      return times * outHeight * outWidth * outputs * each;
    })
    .reduce((sum, n) => sum + n, 0);
  const stem = 112 * 112 * 16 * 27;
  const linear = 480 * 640 + 640 * 8;
  expect(macs + stem + linear).toBe(new FerMobileNetV3().summary(224).macsMerged);
  const strided = shapes.filter(({ kind, stride }) => kind === 'depthwise' && stride === 2).map(nameOf);
  expect(strided).toEqual([
    'depthwise 1x112x112x64 k3 s2',
    'depthwise 1x56x56x72 k5 s2',
    'depthwise 1x28x28x240 k3 s2',
    'depthwise 1x14x14x672 k5 s2',
  ]);
});

test('the weights for all libraries are the whole state, and equal each time', () => {
  const weights = benchmarkWeights();
  const model = new FerMobileNetV3();
  const parameters = [...model.namedParameters()].map(([name]) => name);
  expect(parameters.filter((name) => !weights.has(name))).toEqual([]);
  expect(weights.get('features.2.block.1.0.weight')?.shape).toEqual([64, 1, 3, 3]);
  expect(weights.get('features.2.block.0.0.weight')?.shape).toEqual([64, 16, 1, 1]);
  const name = 'features.16.0.weight';
  expect(benchmarkWeights().get(name)).toEqual(weights.get(name));
});

test('a wrong output or gradient is detected, and rounding is not', () => {
  expect(compareOutputs([1.0005, -2], [1, -2])).toMatchObject({ agrees: true });
  expect(compareOutputs([1.01, -2], [1, -2])).toMatchObject({ agrees: false });
  expect(compareOutputs([Number.NaN, -2], [1, -2])).toMatchObject({ agrees: false });
  expect(compareOutputs([1], [1, -2])).toMatchObject({ agrees: false });
  const of = (a: number, b: number) =>
    new Map([
      ['a', Float32Array.of(a, 1)],
      ['b', Float32Array.of(b, 0)],
      ['noise', Float32Array.of(a * 1e-7)],
    ]);
  expect(compareGradients(of(1.001, 2), of(1, 2))).toMatchObject({ parameters: 2, wrong: [] });
  expect(compareGradients(of(1, 2.2), of(1, 2))).toMatchObject({ wrong: ['b'], worstName: 'b' });
  expect(compareGradients(of(1, Number.NaN), of(1, 2)).wrong).toEqual(['b']);
  expect(compareGradients(new Map([['a', Float32Array.of(1, 1)]]), of(1, 2)).wrong).toEqual(['b']);
});

test('axes are permuted', () => {
  expect([...permute(Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3], [1, 0])]).toEqual([0, 3, 1, 4, 2, 5]);
});

/** A library whose calls report fixed durations; `asked` collects the requests of all hosts in order. */
function fakeHost(asked: string[], times: Partial<Record<PeerName, { first: number; call: number }>>): Host {
  let peer: PeerName = 'feathergrad';
  const answer = (method: string, args: unknown[]): unknown => {
    if (method === 'open') peer = (args[0] as { peer: PeerName }).peer;
    asked.push(`${peer} ${method} ${method === 'sample' ? args[0] : ''}`.trim());
    const { first, call } = times[peer] as { first: number; call: number };
    if (method === 'open') return { first, device: 'fake', output: [2] };
    if (method === 'again') return { output: [1], milliseconds: call };
    if (method === 'sample') return call;
    if (method === 'gradients') return {};
    return {
      adapter: { name: 'SwiftShader Device', vendor: null, architecture: null, driver: null },
      engine: 'fake engine',
    };
  };
  return new Host(
    async (method, args) => answer(method, args),
    async () => {},
  );
}

test('libraries are timed in turn: slow ones less often, and with the second call as a sample', async () => {
  const asked: string[] = [];
  const times = {
    feathergrad: { first: 3000, call: 10 },
    'jax-webgpu': { first: 30_000, call: 4000 },
    'tfjs-webgpu': { first: 60_000, call: 53_000 },
  };
  const result = await measureRow('train-32-48', 'chromium', ['feathergrad', 'jax-webgpu', 'tfjs-webgpu'], {
    rounds: 9,
    cap: 1000,
    seconds: 8,
    count: false,
    start: async () => fakeHost(asked, times),
    say: () => {},
  });
  expect(result.peers.map(({ call, error }) => [call?.samples, error])).toEqual([
    [9, undefined],
    [3, undefined],
    [1, undefined],
  ]);
  // a slow start leaves the second call for the timed rounds; where it is short, it is only a warm-up
  const after = asked.slice(asked.indexOf('feathergrad sample 4'));
  expect(after.slice(0, 5)).toEqual([
    'feathergrad sample 4',
    'jax-webgpu again',
    'jax-webgpu sample 1',
    'jax-webgpu sample 1',
    'tfjs-webgpu again',
  ]);
  expect(after.filter((line) => line.startsWith('tfjs'))).toEqual(['tfjs-webgpu again']);
  // not one after the other at the end
  expect(after.lastIndexOf('jax-webgpu sample 1')).toBeGreaterThan(after.indexOf('jax-webgpu sample 1') + 4);
  expect(result.peers.every(({ outputs }) => outputs?.agrees)).toBe(true);
});

test('a comparison becomes a result in the format of docs/results', async () => {
  const start = async () =>
    fakeHost([], { feathergrad: { first: 9, call: 1 }, 'jax-wasm': { first: 9, call: 2 } });
  const options = { rounds: 3, cap: 9, count: false, start, say: () => {} };
  const row = await measureRow('infer-1-48', 'chromium', ['feathergrad', 'jax-wasm'], options);
  const [, jax] = row.peers;
  Object.assign(jax as object, {
    gradients: { parameters: 9, wrong: ['a'], worst: 2.61, worstName: 'a' },
    outputs: { error: Number.NaN, agrees: false },
  });
  row.peers.push({ peer: 'ort-wasm', run: 'x', error: 'out of memory' });
  const report: PeersReport = {
    timed: { 'chromium/infer-1-48': row },
    counted: {},
    downloads: {},
    machine: { date: row.peers[0]?.run ?? '', cpu: 'a CPU', cores: 2, system: 'linux', node: 'v20' },
    versions: Object.fromEntries(PEER_NAMES.map((name) => [name, '1.0.0'])),
  };
  const results = [...resultsOf(report)];
  expect(results.map(([name]) => name)).toEqual(['peers-chromium.json']);
  const result = parseResult(JSON.stringify(results[0]?.[1]));
  expect(result).toMatchObject({
    adapter: { name: 'SwiftShader Device', kind: 'software' },
    system: { engine: 'fake engine' },
    rows: [
      { library: 'feathergrad', batch: 1, side: 48, call: { median: 1, samples: 3 }, agrees: null },
      { library: 'jax-js wasm', call: { median: 2 }, agrees: false, error: null },
    ],
    missing: [{ part: 'ONNX Runtime wasm, inference, batch 1 at 48', reason: 'out of memory' }],
  });
  expect(result.notes).toContain("1 of 9 gradients differ from feathergrad's, by up to 261 %.");
});
