// `node scripts/main-thread.mjs`, after `npm run build:web`: the longest tasks on the main thread of the Recognize and Train
// pages, in CPU time, from loading the page to a result and to a few training steps. Fails if one takes more than 50 ms.
import { join } from 'node:path';
import { chromium } from 'playwright';
import { serve } from '../web/server.mjs';
import { chromiumArguments, findChromium } from './find-chromium.mjs';
import { root } from './run.mjs';

const LIMIT_MS = 50;
const SHOWN = 3;
const PATIENCE = 300_000;
const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** @typedef {{ name: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: any }} TraceEvent */
/** @typedef {{ name: string, place: string, use(page: import('playwright').Page): Promise<void> }} Visit */

/** @type {Visit[]} */
const VISITS = [
  {
    name: 'Recognize',
    place: 'recognize',
    async use(page) {
      await page.getByTestId('weights-from').filter({ hasText: 'built-in (FER+)' }).waitFor();
      await page.getByTestId('picture-input').setInputFiles(join(root, 'examples/face.png'));
      await page.getByTestId('answer').waitFor();
    },
  },
  {
    name: 'Train',
    place: 'train?data=drawn&batch=4&side=32&pictures=48&epochs=200&valid=0.2',
    async use(page) {
      await page.getByRole('button', { name: 'Start' }).click();
      await page.waitForFunction(
        () => Number.parseInt(document.querySelector('[data-testid="step"]')?.textContent ?? '0', 10) >= 16,
      );
    },
  },
];

/**
 * Returns the tasks of the page's main thread, the longest first, each with the longest named event inside. CPU time, since
 * a software GPU uses every core and wall time would include waiting.
 * @param {Buffer} trace
 */
function longestTasks(trace) {
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const events = traceEvents.filter(({ pid, tid, tdur }) => tdur !== undefined && main.has(`${pid}/${tid}`));
  const tasks = events.filter(({ name }) => /RunTask$/.test(name));
  if (tasks.length < 100) throw new Error(`the trace has ${tasks.length} tasks, expected at least 100`);
  const byTime = (/** @type {TraceEvent} */ a, /** @type {TraceEvent} */ b) => (b.tdur ?? 0) - (a.tdur ?? 0);
  return tasks
    .sort(byTime)
    .slice(0, SHOWN)
    .map((task) => {
      const end = task.ts + (task.dur ?? 0);
      const inside = events
        .filter(({ name, pid, tid, ts }) => {
          const isSameThread = pid === task.pid && tid === task.tid;
          return isSameThread && ts >= task.ts && ts <= end && !/RunTask$|^ThreadControllerImpl/.test(name);
        })
        .sort(byTime)[0];
      return { ms: (task.tdur ?? 0) / 1000, what: inside?.name ?? 'no event inside' };
    });
}

const server = await serve({ port: 4700 });
const executablePath = await findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: chromiumArguments(),
});
try {
  for (const { name, place, use } of VISITS) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
    await browser.startTracing(page, { categories });
    await page.goto(`${server.resolvedUrls?.local[0]}#/${place}`);
    await use(page);
    const tasks = longestTasks(await browser.stopTracing());
    const texts = tasks.map(({ ms, what }) => `${ms.toFixed(1)} ms (${what})`);
    console.log(`${name}: the longest tasks of the main thread take ${texts.join(', ')}`);
    if ((tasks[0]?.ms ?? 0) > LIMIT_MS) process.exitCode = 1;
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
