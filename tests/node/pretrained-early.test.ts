// A network is put on the device and compiled while its weights are being downloaded.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaceDetector } from '../../src/faces/index.ts';
import { encodeWeights } from '../../src/formats/index.ts';
import type { CompileProgress } from '../../src/gpu/compile-progress.ts';
import type { Device } from '../../src/gpu/device.ts';
import { DeviceLostError, WebGPUUnavailableError } from '../../src/gpu/errors.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';
import { WeightsError } from '../../src/models/fer-mobilenetv3/weights-error.ts';
import type { Prediction } from '../../src/models/image-classifier.ts';
import { openDevice, testDevice } from '../support/device.ts';

const image = { width: 2, height: 1, data: Uint8Array.of(0, 50, 100, 255, 200, 150, 100, 255) };

let server: Server;
let origin = '';
let expected: Prediction[];
let other: Prediction[];
/** the file of a network, and of another one with two classes */
let files: Uint8Array<ArrayBuffer>[] = [];
/** responses that the test ends, by path */
const held = new Map<string, ServerResponse>();
let requests = 0;

async function networkFile(classes: number): Promise<[Uint8Array<ArrayBuffer>, Prediction[]]> {
  const model = new FerMobileNetV3({ classes, side: 32, variant: 'reduced' }).to(await testDevice());
  const file = encodeWeights(model, await model.stateDict());
  const found = await model.predict(image);
  model.dispose();
  return [file, found];
}

beforeAll(async () => {
  const [first, second] = [await networkFile(5), await networkFile(2)];
  files = [first[0], second[0]];
  [expected, other] = [first[1], second[1]];
  server = createServer((request, response) => {
    const file = files[0] as Uint8Array;
    const [, part = '', name = ''] = request.url?.split('/') ?? [];
    const isFirst = requests++ === 0;
    const length = part === 'unknown-length' ? {} : { 'content-length': file.length };
    if (part === 'replaced' && !isFirst) {
      response.writeHead(200, { 'content-length': files[1]!.length }).end(files[1]);
      return;
    }
    response.writeHead(200, length);
    // the header has about 20,000 bytes
    response.write(file.subarray(0, part === 'tiny' ? 3 : 60_000));
    held.set(name, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function response(name: string): Promise<ServerResponse> {
  await until(() => held.has(name));
  return held.get(name) as ServerResponse;
}

const rest = (from: number) => (files[0] as Uint8Array).subarray(from);

function load(device: Device | undefined, path: string, options = {}) {
  requests = 0;
  return FerMobileNetV3.pretrained(device, { url: `${origin}/${path}`, ...options });
}

test.each(['known-length', 'unknown-length'])(
  'the download ends after all kernels are compiled: the network is ready, %s',
  async (part) => {
    using device = await openDevice();
    const reports: CompileProgress[] = [];
    const { submits } = device.stats;
    const loading = load(device, `${part}/whole`, { onCompile: (now: CompileProgress) => reports.push(now) });
    const answer = await response('whole');
    await until(() => (reports.at(-1)?.total ?? 0) > 3 && reports.at(-1)?.done === reports.at(-1)?.total);
    await until(() => device.stats.submits > submits); // the network ran with the weights 0
    answer.end(rest(60_000));
    held.delete('whole');
    const model = await loading;
    const total = reports[0]!.total;
    expect(reports).toEqual(
      Array.from({ length: total + 1 }, (_, done) => ({ kind: 'compile', done, total })),
    );
    const { pipelinesCreated } = device.stats;
    expect(pipelinesCreated).toBe(total); // none for initial values
    expect(await model.predict(image)).toEqual(expected);
    expect(device.stats.pipelinesCreated).toBe(pipelinesCreated);
  },
);

test.each([true, false])('the download ends while kernels compile, onCompile %s', async (hasListener) => {
  using device = await openDevice();
  const reports: CompileProgress[] = [];
  const options = hasListener ? { onCompile: (now: CompileProgress) => reports.push(now) } : {};
  const loading = load(device, `known-length/soon`, options);
  const answer = await response('soon');
  answer.end(rest(60_000));
  held.delete('soon');
  const model = await loading;
  const { pipelinesCreated } = device.stats;
  expect(await model.predict(image)).toEqual(expected);
  if (!hasListener) return;
  expect(device.stats.pipelinesCreated).toBe(pipelinesCreated);
  const done = reports.map((now) => now.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(reports.at(-1)).toEqual({ kind: 'compile', done: pipelinesCreated, total: pipelinesCreated });
});

test('another file at the second attempt replaces the network of the first', async () => {
  const device = await testDevice();
  const { liveBytes } = device.memory();
  const reports: CompileProgress[] = [];
  const onCompile = (now: CompileProgress) => reports.push(now);
  const loading = load(device, 'replaced/first', { onCompile });
  const answer = await response('first');
  await until(() => reports.length > 0);
  answer.destroy();
  held.delete('first');
  const model = await loading;
  expect(model.classNames).toHaveLength(2);
  expect(await model.predict(image)).toEqual(other);
  expect(reports.at(-1)?.done).toBe(reports.at(-1)?.total);
  model.dispose();
  expect(device.memory().liveBytes).toBe(liveBytes);
});

test('a header in small parts', async () => {
  const device = await testDevice();
  const loading = load(device, 'tiny/parts');
  const answer = await response('parts');
  held.delete('parts');
  for (const [from, to] of [
    [3, 7],
    [7, 9],
    [9, 1000],
    [1000, 50_000],
  ]) {
    answer.write((files[0] as Uint8Array).subarray(from, to));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  answer.end(rest(50_000));
  using model = await loading;
  expect(await model.predict(image)).toEqual(expected);
});

/** Loads a network until its kernels compile, then lets `fail` end that, and returns the error. */
async function failing(
  device: Device,
  fail: (answer: ServerResponse) => void,
  options: Parameters<typeof load>[2] = {},
): Promise<unknown> {
  let reports = 0;
  const onCompile = () => void reports++;
  const loading = load(device, 'known-length/failing', { ...options, onCompile }).catch((error) => error);
  const answer = await response('failing');
  held.delete('failing');
  await until(() => reports > 0);
  fail(answer);
  return loading;
}

test('failures during the compilation free the network', async () => {
  const device = await testDevice();
  const { liveBytes } = device.memory();
  const controller = new AbortController();
  const reason = new Error('the user went away');
  const aborted = failing(device, () => controller.abort(reason), { signal: controller.signal });
  expect(await aborted).toBe(reason);
  const damaged = (files[0] as Uint8Array).slice(60_000);
  new DataView(damaged.buffer).setUint32(damaged.length - 4, 0x7fc00000, true);
  const notFinite = await failing(device, (answer) => answer.end(damaged));
  expect(notFinite).toBeInstanceOf(WeightsError);
  expect((notFinite as Error).message).toMatch(/ is NaN at element \d+/);
  const loading = load(device, 'known-length/classes', { classes: ['too', 'few'] }).catch((error) => error);
  (await response('classes')).end(rest(60_000));
  held.delete('classes');
  expect(await loading).toBeInstanceOf(WeightsError);
  await device.sync();
  expect(device.memory().liveBytes).toBe(liveBytes);
});

test('a device that is lost during the download', async () => {
  const device = await openDevice();
  const lost = await failing(device, (answer) => {
    device.destroy();
    answer.end(rest(60_000));
  });
  expect(lost).toBeInstanceOf(DeviceLostError);
});

test('without WebGPU a download is aborted, and a missing file has precedence', async () => {
  const loading = load(undefined, 'known-length/aborted').catch((error) => error);
  const answer = await Promise.race([response('aborted'), loading.then(() => null)]);
  held.delete('aborted');
  expect(await loading).toBeInstanceOf(WebGPUUnavailableError);
  if (answer && !answer.closed) await new Promise((resolve) => answer.once('close', resolve));
  const url = new URL('no-such-file', import.meta.url);
  await expect(FerMobileNetV3.pretrained(undefined, { url })).rejects.toThrow(/cannot be read \(ENOENT/);
  await expect(FaceDetector.load(undefined, { url })).rejects.toThrow(/cannot be read \(ENOENT/);
});
