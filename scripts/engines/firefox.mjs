// Runs the engine checks in a page of Firefox: serves the bundle's folder, drives the browser by WebDriver BiDi, and
// waits until the page posts its report.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { loadPuppeteer } from './find-engines.mjs';

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
});

/** WebGPU is off by default in Firefox on Linux, and a software adapter is on its blocklist. */
export const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>engine checks</title><script type="module">
const post = (path, body) => fetch(path, { method: 'POST', body });
try {
  const { checkEngine } = await import('./checks.js');
  const { createDevice } = await import('./page.js');
  const pipelines = await (await fetch('./pipelines.json')).json();
  const device = await createDevice();
  await post('/report', JSON.stringify(await checkEngine(device, pipelines)));
} catch (error) {
  await post('/failure', String(error) + '\\n' + (error.stack ?? ''));
}
</script>`;

/**
 * @param {string} binary of Firefox
 * @param {string} folder with the bundle
 * @returns {Promise<import('../../tests/engines/checks.ts').EngineReport>}
 */
export async function checkInFirefox(binary, folder) {
  const puppeteer = await loadPuppeteer();
  /** @type {(report: any) => void} */
  let resolve = () => {};
  /** @type {(error: Error) => void} */
  let reject = () => {};
  const report = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        if (path === '/report') resolve(JSON.parse(body));
        else reject(new Error(body));
      });
      return;
    }
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(PAGE);
      return;
    }
    const file = join(folder, normalize(path));
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: binary,
    headless: true,
    extraPrefsFirefox: PREFERENCES,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'domcontentloaded' });
    return await report;
  } finally {
    await browser.close();
    server.close();
  }
}
