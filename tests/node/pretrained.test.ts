// Weights over HTTP and from files, and everything that can go wrong.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeWeights } from '../../src/formats/index.ts';
import type { DownloadProgress } from '../../src/models/fer-mobilenetv3/download.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { fetchPretrained } from '../../src/models/fer-mobilenetv3/pretrained.ts';
import { WeightsError } from '../../src/models/fer-mobilenetv3/weights-error.ts';
import { testDevice } from '../support/device.ts';

let folder = '';
let path = '';
let server: Server;
let origin = '';
const waiting: ServerResponse[] = [];
/** requests for what is counted */
let asked = 0;
let size = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-weights-'));
  path = join(folder, 'some weights.safetensors');
  const model = new FerMobileNetV3({ classes: 5 }).to(await testDevice());
  const file = encodeWeights(model, await model.stateDict(), { dtype: 'f16' });
  model.dispose();
  await writeFile(path, file);
  size = file.length;
  server = createServer((request, response) => {
    if (request.url === '/weights') response.end(file);
    else if (request.url === '/start') response.end('<html><body>start</body></html>');
    else if (request.url?.startsWith('/counted')) {
      asked++;
      response.writeHead(200, { 'content-length': file.length }).end(file);
    } else if (request.url === '/torn' || (request.url === '/torn-once' && asked++ === 0)) {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 5000), () => response.destroy());
    } else if (request.url === '/torn-once') response.end(file);
    else if (request.url === '/gzip') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(file));
    } else if (request.url === '/slow') waiting.push(response.writeHead(200));
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test('from a path, a file URL and a server', async () => {
  for (const url of [path, pathToFileURL(path), pathToFileURL(path).href, `${origin}/weights`]) {
    const { network, state } = await fetchPretrained({ url });
    expect(network).toMatchObject({ variant: 'paper', side: 224 });
    expect(state.size).toBe(316);
  }
});

async function failing(options: Parameters<typeof fetchPretrained>[0]): Promise<string> {
  const error: unknown = await fetchPretrained(options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WeightsError);
  return (error as Error).message;
}

test('a missing file, an HTTP error, a web page and an unreachable server are distinguished', async () => {
  expect(await failing({ url: join(folder, 'none') })).toMatch(/none cannot be read \(ENOENT/);
  expect(await failing({ url: pathToFileURL(join(folder, 'none')) })).toMatch(
    /file:.*none cannot be read \(ENOENT/,
  );
  expect(await failing({ url: `${origin}/none` })).toMatch(/\/none: the server responded 404 Not Found$/);
  expect(await failing({ url: `${origin}/start` })).toMatch(/\/start: safetensors: .*it is a web page/);
  expect(await failing({ url: 'http://127.0.0.1:1/x' })).toMatch(
    /cannot be downloaded \(.*\): there is no connection/,
  );
});

test('an aborted download rejects with the reason of the signal', async () => {
  const reason = new Error('the user went away');
  const controller = new AbortController();
  const loading = fetchPretrained({ url: `${origin}/slow`, signal: controller.signal });
  controller.abort(reason);
  await expect(loading).rejects.toBe(reason);
  await expect(fetchPretrained({ url: path, signal: controller.signal })).rejects.toBe(reason);
});

test('progress is reported in bytes, up to the total', async () => {
  for (const [url, total] of [
    [`${origin}/counted`, size],
    [`${origin}/gzip`, undefined],
    [path, size],
  ] as const) {
    const told: DownloadProgress[] = [];
    await fetchPretrained({ url, onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ loaded: size, total });
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).sort((a, b) => a - b));
    if (url !== path) expect(told[0]!.loaded).toBe(0);
  }
});

test('an interrupted download is retried, three times in total', async () => {
  asked = 0;
  expect((await fetchPretrained({ url: `${origin}/torn-once` })).state.size).toBe(316);
  expect(asked).toBe(2);
  expect(await failing({ url: `${origin}/torn` })).toMatch(
    /\/torn: the download was interrupted after \d+ bytes \(.*\), 3 times/,
  );
});

test('the second download comes from the cache, by URL, and is verified', async () => {
  const cache = join(folder, 'cache');
  asked = 0;
  const url = `${origin}/counted`;
  const first = await fetchPretrained({ url, cache });
  const told: DownloadProgress[] = [];
  const second = await fetchPretrained({ url, cache, onProgress: (progress) => told.push(progress) });
  expect(asked).toBe(1);
  const bias = (read: Awaited<ReturnType<typeof fetchPretrained>>) => [
    ...read.state.get('classifier_1.0.bias')!.data,
  ];
  expect(bias(second)).toEqual(bias(first));
  expect(told).toEqual([{ loaded: size, total: size }]);
  await fetchPretrained({ url: `${url}?v=2`, cache });
  expect(asked).toBe(2);
  const names = await readdir(cache);
  expect(names).toHaveLength(2);
  for (const name of names) {
    const bytes = await readFile(join(cache, name));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(cache, name), bytes);
  }
  expect(bias(await fetchPretrained({ url, cache }))).toEqual(bias(first));
  expect(asked).toBe(3);
  await fetchPretrained({ url, cache });
  expect(asked).toBe(3);
  await fetchPretrained({ url }); // no cache by default
  expect(asked).toBe(4);
});

test('a page that is not the weights is not cached; a cache that cannot be written is ignored', async () => {
  const cache = join(folder, 'other');
  expect(await failing({ url: `${origin}/start`, cache })).toMatch(/it is a web page/);
  expect(await readdir(cache).catch(() => [])).toEqual([]);
  expect((await fetchPretrained({ url: `${origin}/counted`, cache: join(path, 'beneath') })).state.size).toBe(
    316,
  );
});
