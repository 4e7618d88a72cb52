// Runs the engine checks in a page of Firefox: serves the bundle's folder, drives the browser by WebDriver BiDi, and
// waits until the page posts its report.
import { text } from 'node:stream/consumers';
import { serveFolder } from '../serve-folder.mjs';
import { loadPuppeteer } from './find-engines.mjs';

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
  const { origin, close } = await serveFolder(folder, (request, response) => {
    if (request.method === 'POST') {
      void text(request).then((body) => {
        response.end();
        if (request.url === '/report') resolve(JSON.parse(body));
        else reject(new Error(body));
      });
      return true;
    }
    if (request.url !== '/') return false;
    response.setHeader('content-type', 'text/html').end(PAGE);
    return true;
  });
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: binary,
    headless: true,
    extraPrefsFirefox: PREFERENCES,
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/`, { waitUntil: 'domcontentloaded' });
    return await report;
  } finally {
    await browser.close();
    close();
  }
}
