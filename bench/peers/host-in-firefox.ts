import { pathToFileURL } from 'node:url';
import { firstLine, Host } from './host.ts';

/** The scripts that find Firefox and its driver; they are imported by path, because this file runs from a bundle. */
type Engines = typeof import('../../scripts/engines/find-engines.mjs');
type Firefox = typeof import('../../scripts/engines/firefox.mjs');

/** Milliseconds that Firefox may take for one request; the row has its own time limit. */
const PATIENCE = 1_200_000;

/**
 * Starts a separate Firefox, driven by WebDriver BiDi.
 * @param engines folder scripts/engines
 */
export async function hostInFirefox(origin: string, engines: string): Promise<Host> {
  const script = (name: string) => pathToFileURL(`${engines}/${name}`).href;
  const { findFirefox, loadPuppeteer } = (await import(script('find-engines.mjs'))) as Engines;
  const { PREFERENCES } = (await import(script('firefox.mjs'))) as Firefox;
  const executablePath = findFirefox();
  if (!executablePath) {
    throw new Error('Firefox was not found. Install Firefox 141 or later, or set FIREFOX_PATH.');
  }
  const puppeteer = await loadPuppeteer();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: PREFERENCES,
    protocolTimeout: PATIENCE,
  });
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  await page.waitForFunction('globalThis.bench', { timeout: 30_000 });
  const ask = async (method: string, args: unknown[]): Promise<unknown> => {
    try {
      return await page.evaluate(
        (name: string, list: unknown[]) => {
          const { bench } = globalThis as unknown as {
            bench: Record<string, (...a: unknown[]) => unknown>;
          };
          return bench[name]?.(...list);
        },
        method,
        args,
      );
    } catch (error) {
      throw new Error(firstLine(error instanceof Error ? error.message : String(error)));
    }
  };
  return new Host(ask, () => browser.close());
}
