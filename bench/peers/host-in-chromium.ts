import { chromium } from 'playwright';
import { chromiumArguments, findChromium } from '../../scripts/find-chromium.mjs';
import { firstLine, Host } from './host.ts';

/** Starts a separate browser, so that every library starts cold and none blocks another's GPU process. */
export async function hostInChromium(origin: string): Promise<Host> {
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: chromiumArguments(),
  });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${origin}/`);
  await page.waitForFunction('globalThis.bench', undefined, { timeout: 30_000 }).catch((error: Error) => {
    throw new Error(`the page did not load: ${problems.join('; ') || error.message}`);
  });
  const ask = (method: string, args: unknown[]) =>
    page
      .evaluate(
        ([name, list]) => {
          const { bench } = globalThis as unknown as {
            bench: Record<string, (...a: unknown[]) => unknown>;
          };
          return bench[name]?.(...list);
        },
        [method, args] as const,
      )
      .catch((error: Error) => {
        throw new Error(firstLine(error.message.replace(/^page\.evaluate: (\w*Error: )?/, '')));
      });
  return new Host(ask, () => browser.close());
}
