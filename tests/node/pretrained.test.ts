// Weights over HTTP and from files, with all that can go wrong on the way.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeWeights } from '../../src/formats/index.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { fetchPretrained } from '../../src/models/fer-mobilenetv3/pretrained.ts';
import { WeightsError } from '../../src/models/fer-mobilenetv3/weights-error.ts';
import { testDevice } from '../support/device.ts';

let folder = '';
let path = '';
let server: Server;
let origin = '';
const waiting: ServerResponse[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-weights-'));
  path = join(folder, 'some weights.safetensors');
  const model = new FerMobileNetV3({ classes: 5 }).to(await testDevice());
  const file = encodeWeights(model, await model.stateDict(), { dtype: 'f16' });
  model.dispose();
  await writeFile(path, file);
  server = createServer((request, response) => {
    if (request.url === '/weights') response.end(file);
    else if (request.url === '/start') response.end('<html><body>start</body></html>');
    else if (request.url === '/slow') waiting.push(response.writeHead(200));
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

test('a missing file, a missing page, a page instead, and nobody there are told apart', async () => {
  expect(await failing({ url: join(folder, 'none') })).toMatch(/none cannot be read \(ENOENT/);
  expect(await failing({ url: pathToFileURL(join(folder, 'none')) })).toMatch(
    /file:.*none cannot be read \(ENOENT/,
  );
  expect(await failing({ url: `${origin}/none` })).toMatch(/\/none: the server answers 404 Not Found$/);
  expect(await failing({ url: `${origin}/start` })).toMatch(/\/start: safetensors: .*it is a web page/);
  expect(await failing({ url: 'http://127.0.0.1:1/x' })).toMatch(/cannot be fetched \(.*\): no connection/);
});

test('a download that is given up ends with the reason of who gave it up', async () => {
  const reason = new Error('the user went away');
  const controller = new AbortController();
  const loading = fetchPretrained({ url: `${origin}/slow`, signal: controller.signal });
  controller.abort(reason);
  await expect(loading).rejects.toBe(reason);
  await expect(fetchPretrained({ url: path, signal: controller.signal })).rejects.toBe(reason);
});
