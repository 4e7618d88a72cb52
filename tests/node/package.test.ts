// The package as a user gets it: the tarball, installed into an empty project by path and without a network.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build as bundle } from 'esbuild';
import { type Browser, chromium } from 'playwright';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleSize } from '../../bench/lib/bundle-size.ts';
import { chromiumArguments, findChromium } from '../../scripts/find-chromium.mjs';
import { namedShapes } from '../../src/formats/check-state.ts';
import { encodeWeights } from '../../src/formats/weights-file.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const windows = process.platform === 'win32';
const execute = promisify(execFile);
const npm = (args: string[], cwd: string) => execute('npm', args, { cwd, shell: windows, timeout: 60_000 });
const node = (args: string[]) => execute(process.execPath, args, { cwd: project, timeout: 60_000 });

let project = '';
let installed = '';
let packedBytes = 0;
let server: Server | undefined;
let browser: Browser | undefined;
let origin = '';

const ADD_IN_PAGE = `
  const device = await createDevice();
  const a = tensor(device, [1, 2]);
  window.result = [...(await add(a, a).data())];
  device.destroy();`;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'feathergrad-package-'));
  installed = join(project, 'node_modules/feathergrad');
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'app', private: true, type: 'module' }),
  );
  // Packing would build again (prepack), but `npm test` has just built, and other tests read dist/.
  const built = process.env.FEATHERGRAD_BUILT === '1' ? ['--ignore-scripts'] : [];
  const { stdout } = await npm(['pack', '--json', ...built, '--pack-destination', project], root);
  const [{ filename, size }] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [
    { filename: string; size: number },
  ];
  packedBytes = size;
  // The optional peers are not installed: nothing may need them before they are used.
  await npm(
    ['install', '--offline', '--no-audit', '--no-fund', '--omit=peer', join(project, filename)],
    project,
  );
  server = createServer((request, response) => void serve(request.url ?? '/', response)).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((resolve) => server?.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const executablePath = await findChromium();
  browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: chromiumArguments(),
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  if (project) await rm(project, { recursive: true, force: true });
});

async function serve(url: string, response: import('node:http').ServerResponse): Promise<void> {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.mjs': 'text/javascript',
  };
  try {
    const body = await readFile(join(project, url));
    response.setHeader('content-type', types[extname(url)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** Opens a page of the project and waits for the sum that it computes. */
async function resultOf(path: string): Promise<unknown> {
  const page = await browser!.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${origin}/${path}`);
  await page.waitForFunction('window.result !== undefined', undefined, { timeout: 55_000 }).catch(() => {
    throw new Error(`${path} computed nothing: ${errors.join('; ') || 'no error reported'}`);
  });
  const result = await page.evaluate('window.result');
  await page.close();
  return result;
}

describe('the packed package', () => {
  test('every subpath loads in plain Node without the optional peers', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
      dependencies?: Record<string, string>;
    };
    expect(manifest.dependencies ?? {}).toEqual({});
    const names = Object.keys(manifest.exports)
      .filter((key) => !/\.js|\*/.test(key)) // the single files, and the weights
      .map((key) => key.replace('.', 'feathergrad'));
    expect(names).toContain('feathergrad/node');
    const code = names.map(
      (name) => `if (Object.keys(await import('${name}')).length === 0) throw '${name}';`,
    );
    await node(['--input-type=module', '--eval', code.join('\n')]);
  });

  const SOURCE = `import { add, createDevice, FerMobileNetV3, tensor } from 'feathergrad';
    import * as min from 'feathergrad/feathergrad.min.js';
    import * as host from 'feathergrad/node';
    import * as data from 'feathergrad/data';
    import * as formats from 'feathergrad/formats';
    import { FaceReader } from 'feathergrad/faces';
    export async function sum(): Promise<readonly unknown[]> {
      const device = await createDevice();
      const a = tensor(device, [1, 2]);
      const numbers: ArrayLike<number> = await add(a, a).data();
      const model = await FerMobileNetV3.pretrained(device);
      const [first] = await model.predict({ width: 1, height: 1, data: new Uint8Array(3) });
      const label: string | undefined = first?.label;
      const [face] = await (await FaceReader.load(model)).read({ width: 1, height: 1, data: new Uint8Array(3) });
      const left: number | undefined = face?.box.left;
      const made: typeof createDevice = min.createDevice;
      return [numbers, label, left, made, host.createDevice, data, formats];
    }`;

  // without lib "dom" the names of pages and WebGPU are unknown, and so is Symbol.dispose
  test.each([
    ['with lib dom', {}],
    ['without lib dom', { lib: ['es2023'] }],
    ['for Node, without lib dom', { lib: ['es2023'], types: ['node'] }],
    ['for a worker', { lib: ['es2023', 'webworker'] }],
    ['through a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ])('the types compile in a strict project %s', async (_, more) => {
    const options = {
      strict: true,
      module: 'nodenext',
      target: 'es2023',
      noEmit: true,
      skipLibCheck: false,
      types: [] as string[],
      typeRoots: [join(root, 'node_modules/@types')],
      ...more,
    };
    await writeFile(join(project, 'use.ts'), SOURCE);
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await node([tsc, '-p', project]).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  test('its fields refer to existing files', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    for (const field of ['main', 'module', 'types', 'unpkg', 'jsdelivr']) {
      expect((await stat(join(installed, manifest[field] as string))).isFile(), field).toBe(true);
    }
    const places = JSON.stringify(manifest.exports).match(/\.\/dist\/[^"*]+\.[^"*]+/g) ?? [];
    expect(places.length).toBeGreaterThan(8);
    for (const place of places) expect((await stat(join(installed, place))).isFile(), place).toBe(true);
  });

  test('require() returns the same as import', async () => {
    const code =
      "const { tensor } = require('feathergrad'); if (typeof tensor !== 'function') throw 'no tensor';";
    await node(['--input-type=commonjs', '--eval', code]);
  });

  test('is small: no source maps, no images, no unreachable types, at most 4.47 MB', async () => {
    const files = (await readdir(installed, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
    expect(
      files.filter((name) => /\.(map|png|jpg|gif|webp)$|^dist\/cli\/.*\.d\.ts$|^src\//.test(name)),
    ).toEqual([]);
    expect(packedBytes).toBeLessThan(4.47e6); // 2.5 MB of it are the expression weights, 0.4 MB the face detector's
    for (const name of files.filter((file) => /^dist\/.*\.js$/.test(file))) {
      expect(await readFile(join(installed, name), 'utf8'), name).not.toContain('sourceMappingURL=');
    }
  });

  test('contains the license of each bundled package', async () => {
    const notices = await readFile(join(installed, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of [
      'commander',
      'fflate',
      '@observablehq/plot',
      'd3-array',
      'linkedom',
      'yauzl',
      'csv-parse',
    ]) {
      const { version } = JSON.parse(
        await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'),
      ) as { version: string };
      const at = notices.indexOf(`\n${name} ${version}\n`);
      expect(at, name).toBeGreaterThan(0);
      const own = notices.slice(at).split(/\n-{80}\n/)[1]!;
      expect(own, name).toMatch(/License: \S+/);
      expect(own.length, `${name}: the license's text`).toBeGreaterThan(400);
    }
    const count = Number(/following (\d+) packages/.exec(notices)?.[1]);
    expect(notices.match(/^License: /gm)).toHaveLength(count);
  });

  test('without the peer webgpu the error names the package to install', async () => {
    const code = "import { createDevice } from 'feathergrad/node'; await createDevice();";
    await expect(node(['--input-type=module', '--eval', code])).rejects.toThrow('npm install webgpu');
  });

  test('npx feathergrad --help lists the commands', async () => {
    const { stdout } = await execute('npx', ['--offline', 'feathergrad', '--help'], {
      cwd: project,
      shell: windows,
    });
    expect(stdout).toContain('Usage: feathergrad');
    expect(stdout).toContain('train');
  });

  test('with the peer webgpu it adds two tensors in Node, and the process ends by itself', async () => {
    await symlink(join(root, 'node_modules/webgpu'), join(project, 'node_modules/webgpu'), 'junction');
    const code = `import { add, tensor } from 'feathergrad';
      import { createDevice } from 'feathergrad/node';
      const device = await createDevice();
      const a = tensor(device, [1, 2]);
      console.log([...(await add(a, a).data())].join(' '));
      device.destroy();`;
    const { stdout } = await node(['--input-type=module', '--eval', code]);
    expect(stdout.trim()).toBe('2 4');
  });

  test('the single file adds two tensors in a page', async () => {
    const script = `import { add, createDevice, tensor } from './node_modules/feathergrad/dist/feathergrad.min.js';`;
    const html = `<!doctype html><script type="module">${script}${ADD_IN_PAGE}</script>`;
    await writeFile(join(project, 'page.html'), html);
    expect(await resultOf('page.html')).toEqual([2, 4]);
  });

  test('the single file adds two tensors in a worker', async () => {
    const script = `import { add, createDevice, tensor } from './node_modules/feathergrad/dist/feathergrad.min.js';`;
    await writeFile(
      join(project, 'worker.js'),
      `${script}${ADD_IN_PAGE.replace('window.result =', 'const result =')} postMessage(result);`,
    );
    const html = `<!doctype html><script type="module">
      const worker = new Worker('./worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => { window.result = data; };
      worker.onerror = ({ message }) => { window.result = message; };</script>`;
    await writeFile(join(project, 'worker.html'), html);
    expect(await resultOf('worker.html')).toEqual([2, 4]);
  });

  test('a Vite app bundles it and adds two tensors in a page', async () => {
    const app = join(project, 'app');
    await mkdir(app);
    await writeFile(
      join(app, 'index.html'),
      '<!doctype html><script type="module" src="./main.js"></script>',
    );
    await writeFile(
      join(app, 'main.js'),
      `import { add, createDevice, tensor } from 'feathergrad';${ADD_IN_PAGE}`,
    );
    await build({ root: app, base: './', configFile: false, logLevel: 'error', build: { target: 'esnext' } });
    expect(await resultOf('app/dist/index.html')).toEqual([2, 4]);
  });
});

/** A network of zeros, which gives the same answer for every face; the test is how it is loaded. */
function standIn(): Uint8Array {
  const model = new FerMobileNetV3({ classes: ['calm', 'cross'], side: 32 });
  const state: StateDict = new Map();
  for (const [name, shape] of namedShapes(model)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    state.set(name, { shape, data: name === 'classifier_2.2.bias' ? Float32Array.of(0, Math.log(3)) : data });
  }
  return encodeWeights(model, state, { dtype: 'f16' });
}

const PREDICT = `
  const model = await FerMobileNetV3.pretrained();
  window.result = await model.predict(new ImageData(40, 30)).catch(String);
  model.device.destroy();`;
const CROSS = [
  { label: 'cross', probability: expect.closeTo(0.75, 5) },
  { label: 'calm', probability: expect.closeTo(0.25, 5) },
];

describe('the trained weights of the package', () => {
  const weights = () => join(installed, 'dist/weights/fer-mobilenetv3-ferplus.safetensors');

  test('if they are missing, the error states where they should be', async () => {
    await rm(weights(), { force: true });
    const code = "import { FerMobileNetV3 } from 'feathergrad'; await FerMobileNetV3.pretrained();";
    const failure = node(['--input-type=module', '--eval', code]);
    await expect(failure).rejects.toThrow(
      /WeightsError: weights: file:.*feathergrad\/dist\/weights\/fer-mobilenetv3-ferplus/,
    );
    await expect(failure).rejects.toThrow('cannot be read (ENOENT');
    const html = `<!doctype html><script type="module">
      import { FerMobileNetV3 } from './node_modules/feathergrad/dist/feathergrad.min.js';
      window.result = await FerMobileNetV3.pretrained().catch(String);</script>`;
    await writeFile(join(project, 'missing.html'), html);
    expect(await resultOf('missing.html')).toMatch(
      /WeightsError: .*the server responded 404.* pass its URL as { url }/,
    );
  });

  test('in Node', async () => {
    await mkdir(join(installed, 'dist/weights'), { recursive: true });
    await writeFile(weights(), standIn());
    const code = `import { FerMobileNetV3 } from 'feathergrad';
      import { createDevice } from 'feathergrad/node';
      const device = await createDevice();
      const model = await FerMobileNetV3.pretrained(device);
      const picture = { width: 4, height: 3, data: new Uint8Array(12) };
      console.log(JSON.stringify(await model.predict(picture)));
      device.destroy();`;
    const { stdout } = await node(['--input-type=module', '--eval', code]);
    expect(JSON.parse(stdout)).toEqual(CROSS);
  });

  test('by the command line', async () => {
    const args = ['--offline', 'feathergrad', 'export', '--out', 'faces.onnx', '--json'];
    const { stdout } = await execute('npx', args, { cwd: project, shell: windows });
    expect(JSON.parse(stdout)).toMatchObject({ format: 'onnx', classNames: ['calm', 'cross'] });
  });

  test('in a page with the single file', async () => {
    const script = "import { FerMobileNetV3 } from './node_modules/feathergrad/dist/feathergrad.min.js';";
    const html = `<!doctype html><script type="module">${script}${PREDICT}</script>`;
    await writeFile(join(project, 'faces.html'), html);
    expect(await resultOf('faces.html')).toEqual(CROSS);
  });

  test('in a Vite app, which includes the file', async () => {
    const app = join(project, 'faces');
    await mkdir(app);
    const html = '<!doctype html><script type="module" src="./main.js"></script>';
    await writeFile(join(app, 'index.html'), html);
    await writeFile(join(app, 'main.js'), `import { FerMobileNetV3 } from 'feathergrad';${PREDICT}`);
    await build({ root: app, base: './', configFile: false, logLevel: 'error', build: { target: 'esnext' } });
    await rm(weights());
    expect(await resultOf('faces/dist/index.html')).toEqual(CROSS);
  });
});

test('a page that recognizes faces loads at most 50.5 kB of it, without warnings of the bundler', async () => {
  const contents = `
    import { createDevice, FerMobileNetV3 } from 'feathergrad';
    const model = new FerMobileNetV3().to(await createDevice());
    model.loadStateDict(new Map());
    console.log(await model.predict(document.querySelector('canvas')));`;
  const page: BuildOptions = { stdin: { contents, resolveDir: project } };
  expect((await bundleSize(page, 'at once')).gzipped).toBeLessThan(50_450);
  const quiet = { ...page, bundle: true, format: 'esm', write: false, logLevel: 'silent' } as const;
  expect((await bundle(quiet)).warnings).toEqual([]);
});
