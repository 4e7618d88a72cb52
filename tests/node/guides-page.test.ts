// The page of the deploy guide, built from its code blocks and opened in Chromium: it computes in a worker, under the
// policy that the guide states, from a server that sends no special header.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumArguments, findChromium } from '../../scripts/find-chromium.mjs';
import { wgslForBuild } from '../../scripts/wgsl-plugin.mjs';
import { blocksOf, GUIDES, ROOT } from '../support/guides.ts';

let folder = '';
let server: Server | undefined;
let origin = '';
const policyHeader: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-guide-'));
  const guide = await readFile(`${GUIDES}deploy.md`, 'utf8');
  const [page] = blocksOf(guide, 'html');
  const [app, worker] = blocksOf(guide, 'js');
  for (const [name, text] of Object.entries({ 'index.html': page, 'app.js': app, 'worker.js': worker })) {
    await writeFile(join(folder, name), text ?? '');
  }
  policyHeader['content-security-policy'] = /content="(default-src[^"]*)"/.exec(page ?? '')?.[1] ?? '';
  await build({
    entryPoints: { 'feathergrad.min': join(ROOT, 'src/index.ts') },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    plugins: [wgslForBuild()],
    logLevel: 'silent',
  });
  server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
    readFile(join(folder, name)).then(
      (body) => {
        response.setHeader('content-type', name.endsWith('.html') ? 'text/html' : 'text/javascript');
        // as in the guide: a worker has only the policy of its own response
        if (name === 'worker.js') response.setHeaders(new Map(Object.entries(policyHeader)));
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the page of the deploy guide computes in its worker, and its policy allows everything that it needs', async () => {
  expect(policyHeader['content-security-policy']).toContain("script-src 'self'");
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: chromiumArguments(),
  });
  try {
    const page = await browser.newPage();
    const refused: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text());
    });
    await page.goto(`${origin}/`);
    await expect.poll(() => page.textContent('output'), { timeout: 30_000 }).not.toBe('computing');
    expect(await page.textContent('output')).toBe('2 4');
    // the policy is in effect: code that it does not allow does not run
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = "document.title = 'ran'";
      document.body.append(script);
    });
    expect(await page.title()).toBe('');
    expect(refused.filter((text) => !/inline script/i.test(text))).toEqual([]);
  } finally {
    await browser.close();
  }
});
