// The app as deployed: built, served under a subpath, in a real Chromium.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll } from 'vitest';
import { chromiumArguments, findChromium } from '../../scripts/find-chromium.mjs';
import { serve } from '../server.mjs';

type Server = Awaited<ReturnType<typeof serve>>;

let served: Promise<Server> | undefined;
const browsers: Browser[] = [];

/** Builds the app unless `npm test` has done so, then serves it. */
async function site(): Promise<Server> {
  if (process.env.FEATHERGRAD_WEB_BUILT !== '1') {
    const script = fileURLToPath(new URL('../build.mjs', import.meta.url));
    const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
    if (status !== 0) throw new Error('the app does not build');
  }
  return serve({ port: 4400, base: '/some/where/' });
}

/** Timeout in milliseconds: a software GPU on a busy machine is slow. */
export const PATIENCE = 90_000;

export interface Visit {
  page: Page;
  /** URL of the app's folder */
  base: string;
  /** opens a page of the app: `train?batch=4` */
  go(place: string): Promise<void>;
  /** requested URLs outside of the app, and messages about the Content-Security-Policy */
  strays: string[];
  /** uncaught errors */
  errors: string[];
}

/** Opens a browser with a new page. */
export async function visit(
  options: { args?: string[]; context?: BrowserContextOptions; webgpu?: boolean } = {},
): Promise<Visit> {
  served ??= site();
  const { resolvedUrls } = await served;
  const base = resolvedUrls?.local[0] as string;
  const { args = [], context = {}, webgpu = true } = options;
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: [...(webgpu ? chromiumArguments() : ['--no-sandbox']), ...args],
  });
  browsers.push(browser);
  const visitor = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  visitor.setDefaultTimeout(PATIENCE);
  const page = await visitor.newPage();
  const strays: string[] = [];
  const errors: string[] = [];
  // of the page and of its workers
  visitor.on('request', (request) => {
    const url = request.url();
    // blob:null/ are the scripts of the playground's sandbox, which has no origin
    const own = [base, `blob:${new URL(base).origin}`, 'blob:null/'];
    if (!own.some((start) => url.startsWith(start))) strays.push(url);
  });
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) strays.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, base, strays, errors, go: async (place) => void (await page.goto(`${base}#/${place}`)) };
}

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  const server = await served;
  await server?.close();
});
