// The format of results, the files in docs/results/ and the documents that are written from them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { measuredBlocks, measuredImages, withBlocks } from '../../bench/docs/measured.ts';
import { filesOf, inGroups } from '../../bench/gpu/report.ts';
import { parseResult, RESULT_FORMAT, type Result, ResultFormatError } from '../../bench/lib/result-format.ts';
import { conditionsOf } from '../../web/src/compare/conditions.ts';

const folder = fileURLToPath(new URL('../../docs/results/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

const ROW: Result['rows'][number] = {
  run: 'one',
  library: 'feathergrad',
  version: '0.1.0',
  work: 'inference',
  batch: 1,
  side: 48,
  isTuned: false,
  activations: 'f32',
  recomputes: false,
  call: { median: 2, q1: 1, q3: 3, samples: 9 },
  gpu: null,
  first: 300,
  peakBytes: 1024,
  dispatches: 89,
  error: null,
  agrees: null,
};
/** batch norm counts no flops */
const NORM = { kind: 'batchNorm', direction: 'gradient', limitedBy: 'bandwidth', flops: 0 } as const;
const KERNEL: Result['kernels'][number] = {
  name: 'pointwise 1x24x24 16 to 64',
  kind: 'pointwise',
  direction: 'forward',
  input: 'batch 1 at 48',
  times: 2,
  isTuned: false,
  milliseconds: 2,
  limit: 1,
  limitedBy: 'arithmetic',
  flops: 1e6,
  bytes: 1e5,
};
const RESULT: Result = {
  format: RESULT_FORMAT,
  date: '2026-11-30T15:00:00.000Z',
  adapter: { name: 'A', vendor: null, architecture: null, driver: null, kind: 'software', features: [] },
  system: { os: 'linux', cpu: null, cores: null, engine: 'Node' },
  limits: {
    copy: [{ megabytes: 2, bytesPerSecond: 1e9 }],
    flopsPerSecond: 1e9,
    secondsPerDispatch: 1e-6,
    secondsPerBarrier: { 64: 1e-7 },
    usesTimestamps: true,
  },
  rows: [ROW],
  kernels: [KERNEL, { ...KERNEL, ...NORM }],
  training: { data: 'ferplus', seconds: 60, epochs: 2, accuracy: 0.5 },
  missing: [{ part: 'peers', reason: 'no time left' }],
  notes: '',
};

test('every file of docs/results is a result', () => {
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(parseResult(text)).toEqual(JSON.parse(text));
  }
});

test('a result survives JSON', () => {
  expect(parseResult(JSON.stringify(RESULT))).toEqual(RESULT);
});

test.each<[string, unknown, string]>([
  ['text that is not JSON', '{', 'the text is not JSON'],
  ['another value', '[]', 'format: missing'],
  ['null', 'null', 'the result: expected Object (got null)'],
  [
    'another version',
    { ...RESULT, format: 'feathergrad-result/2' },
    'format: must be "feathergrad-result/1"',
  ],
  ['an unknown field', { ...RESULT, speed: 1 }, 'speed: unknown field'],
  ['a missing field', { ...RESULT, notes: undefined }, 'notes: '],
  ['no date', { ...RESULT, date: 'yesterday' }, 'date: must be a date such as'],
  [
    'a negative time',
    { ...RESULT, rows: [{ ...ROW, gpu: -1 }] },
    'rows[0].gpu: must not be negative (got -1)',
  ],
  ['NaN', { ...RESULT, rows: [{ ...ROW, first: Number.NaN }] }, 'rows[0].first: must be a number (got NaN)'],
  [
    'infinity',
    { ...RESULT, rows: [{ ...ROW, first: Number.POSITIVE_INFINITY }] },
    'rows[0].first: must be a finite',
  ],
  [
    'half an image',
    { ...RESULT, rows: [ROW, { ...ROW, batch: 0.5 }] },
    'rows[1].batch: must be a whole number',
  ],
  [
    'quartiles in the wrong order',
    { ...RESULT, rows: [{ ...ROW, call: { median: 5, q1: 1, q3: 3, samples: 2 } }] },
    'rows[0].call: must satisfy q1 <= median <= q3',
  ],
  ['an unknown work', { ...RESULT, rows: [{ ...ROW, work: 'sleep' }] }, 'rows[0].work: must be "inference"'],
  [
    'a share above 1',
    { ...RESULT, training: { ...RESULT.training, accuracy: 86 } },
    'training.accuracy: must be at most 1',
  ],
  [
    'no bandwidth',
    { ...RESULT, limits: { ...RESULT.limits, copy: [] } },
    'limits.copy: must have at least one',
  ],
  ['a list of kernels that is none', { ...RESULT, kernels: 5 }, 'kernels: must be a list (got 5)'],
])('rejects %s', (_, value, message) => {
  expect(() => parseResult(value)).toThrow(ResultFormatError);
  expect(() => parseResult(value)).toThrow(message);
});

test('an error lists all problems but prints ten', () => {
  const rows = Array.from({ length: 12 }, () => ({ ...ROW, side: 0 }));
  try {
    parseResult({ ...RESULT, rows });
    expect.unreachable();
  } catch (error) {
    expect((error as ResultFormatError).problems).toHaveLength(12);
    expect((error as Error).message).toContain('and 2 more');
  }
});

test('a result becomes Markdown and two charts', () => {
  const other = { ...ROW, library: 'other', call: { median: 8, q1: 7, q3: 9, samples: 3 }, agrees: false };
  const files = filesOf({ ...RESULT, rows: [other, ROW] });
  expect([...files.keys()]).toEqual(['result.json', 'result.md', 'network.svg', 'roofline.svg']);
  const text = files.get('result.md') as string;
  expect(text).toMatch(/\| pointwise, forward, batch 1 at 48 +\| +1 \|/);
  expect(text).toContain('50 %');
  expect(text).toContain('DIFFERS');
  expect(text).toContain('- peers: no time left');
  const chart = files.get('network.svg') as string;
  expect(chart).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(chart).toContain('8 ms (4.00 x)');
  expect(files.get('roofline.svg')).toContain('1 GB/s, 1 GFLOP/s');
  expect([...filesOf({ ...RESULT, rows: [], kernels: [] }).keys()]).toEqual(['result.json', 'result.md']);
});

test('rows are ordered by work, side and batch, with feathergrad first', () => {
  const of = (library: string, work: 'inference' | 'training', batch: number, side: number) => ({
    ...ROW,
    library,
    work,
    batch,
    side,
  });
  const rows = [
    of('b', 'training', 1, 48),
    of('b', 'inference', 32, 48),
    of('b', 'inference', 1, 48),
    of('feathergrad', 'inference', 1, 48),
    of('b', 'inference', 1, 224),
  ];
  expect(
    inGroups(rows).map(({ library, work, batch, side }) => `${library} ${work} ${batch} ${side}`),
  ).toEqual([
    'feathergrad inference 1 48',
    'b inference 1 48',
    'b inference 32 48',
    'b inference 1 224',
    'b training 1 48',
  ]);
});

test('docs/performance.md has the tables and images of the results', () => {
  const results = names.map((name) => parseResult(readFileSync(join(folder, name), 'utf8')));
  const page = readFileSync(join(folder, '../performance.md'), 'utf8');
  expect(withBlocks(page, measuredBlocks(results)), 'run npm run bench:docs').toBe(page);
  for (const [name, text] of measuredImages(results))
    expect(readFileSync(join(folder, '../images', name), 'utf8'), 'run npm run bench:docs').toBe(text);
});

test('tables of libraries, cold starts and shares are written from results', () => {
  const own = { ...ROW, call: { median: 10, q1: 9, q3: 12, samples: 9 }, first: 3300 };
  const slow = { median: 53_000, q1: 53_000, q3: 53_000, samples: 1 };
  const other = { ...own, library: 'other', version: '2.0', call: slow, agrees: false, first: null };
  const kernels = [KERNEL, { ...KERNEL, name: 'a second shape', times: 1, milliseconds: 4, limit: 1 }];
  const device = (name: string, engine: string) => ({
    adapter: { ...RESULT.adapter, name },
    system: { ...RESULT.system, engine },
  });
  const inChromium = {
    ...RESULT,
    ...device('SwiftShader Device', 'Chrome/150'),
    rows: [own, other],
    kernels: [],
    limits: null,
    notes: 'All gradients differ.',
  };
  const inNode = { ...RESULT, ...device('llvmpipe', 'Node'), kernels, rows: [], missing: [] };
  const inFirefox = {
    ...RESULT,
    ...device('unknown', 'Firefox/153'),
    kernels: [],
    limits: null,
    missing: [],
  };
  const elsewhere = { ...RESULT, ...device('GeForce', 'Node'), rows: [own, other] };
  const all = [inFirefox, inNode, inChromium, elsewhere];
  const blocks = measuredBlocks(all);
  const peers = blocks.get('peers') as string;
  expect(peers).toMatch(/S, inference, batch 1 at 48 \| +10 \(9-12; 9\) \| +53,000 \(1\), \*\*5300\*\* ¹/);
  expect(peers).toMatch(/F, inference, batch 1 at 48 \| +2 \(1-3; 9\) \| +\|/);
  expect(peers).toContain('¹ Wrong results. All gradients differ.');
  expect(peers).toContain('S, peers: no time left.');
  expect(peers).not.toContain('GeForce');
  expect(blocks.get('cold')).toMatch(/S, inference, batch 1 at 48 \| +3.3 s \| +\|/);
  // (2 x 1 + 1 x 1) / (2 x 2 + 1 x 4)
  expect(blocks.get('shares')).toMatch(/pointwise, forward, batch 1 at 48 \| +38 % \|/);
  const alone = { ...own, run: 'feathergrad alone: inference, batch 1 at 48' };
  const tuned = { ...alone, isTuned: true, call: { ...own.call, median: 9.5 } };
  expect(measuredBlocks([{ ...inNode, rows: [alone, tuned] }]).get('alone')).toMatch(
    /L, inference, batch 1 at 48 +\| +10 \(9-12; 9\) \| +9.5 \(9-12; 9\) \| +\| +89 \|/,
  );
  expect([...measuredImages(all).keys()]).toEqual(['peers.svg', 'roofline.svg']);
  expect(measuredImages(all).get('roofline.svg')).toContain('L: llvmpipe');
  expect([...measuredBlocks([elsewhere]).keys()]).toEqual([]);
  const page = 'a\n<!-- measured: x -->\nold\n<!-- end -->\nb';
  expect(withBlocks(page, new Map([['x', 'new']]))).toBe('a\n<!-- measured: x -->\n\nnew\n\n<!-- end -->\nb');
  expect(() => withBlocks(page, new Map([['y', 'new']]))).toThrow('no <!-- measured: y -->');
});

test('results of one device differ by engine and by whether libraries were measured together', () => {
  const results = names.map((name) => parseResult(readFileSync(join(folder, name), 'utf8')));
  const labels = results.map((result) => `${result.adapter.name} ${conditionsOf(result)}`);
  expect(new Set(labels).size).toBe(labels.length);
  const at = (engine: string, rows = [ROW]) => conditionsOf({ system: { engine } as Result['system'], rows });
  expect(at('Node 20.20.2, webgpu 0.6.2 (Dawn)')).toBe('Node 20, alone');
  expect(at('Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36')).toBe(
    'Chrome 156, alone',
  );
  expect(at('Mozilla/5.0 Chrome/156.0 Safari/537.36 Edg/156.0')).toBe('Edge 156, alone');
  expect(at('Mozilla/5.0 AppleWebKit/605.1 Version/26.1 Safari/605.1')).toBe('Safari 26, alone');
  expect(at('Mozilla/5.0 (rv:153.0) Gecko/20100101 Firefox/153.0')).toBe('Firefox 153, alone');
  expect(at('an engine', [ROW, { ...ROW, library: 'another' }])).toBe('an engine, taking turns');
});
