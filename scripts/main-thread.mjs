// `node scripts/main-thread.mjs [--only NAME]`, after `npm run build:web`: the longest tasks on the main thread of every page,
// in CPU time, from loading the page to a result or a few training steps. Fails if one takes more than 50 ms.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { serve } from '../web/server.mjs';
import { chromiumArguments, findChromium } from './find-chromium.mjs';
import { VISITS } from './main-thread-visits.mjs';

const LIMIT_MS = 50;
const SHOWN = 3;
const PATIENCE = 180_000;
const categories = ['toplevel', 'v8', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** @typedef {{ name: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: any }} TraceEvent */

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const visits = VISITS.filter(({ name }) => !values.only || name.includes(values.only));
if (visits.length === 0) {
  const names = VISITS.map(({ name }) => name).join(', ');
  console.error(
    `main-thread: --only: no visit has this in its name (got ${values.only}, there are: ${names})`,
  );
  process.exit(1);
}

/** Returns the processes that show pages of `base`; Chromium has others for its own pages, such as the address bar's list. */
function pagesOf(/** @type {TraceEvent[]} */ events, /** @type {string} */ base) {
  const frames = events.flatMap(({ name, args }) => {
    if (name === 'FrameCommittedInBrowser') return [args.data];
    return name === 'TracingStartedInBrowser' ? (args.data.frames ?? []) : [];
  });
  return new Set(frames.filter(({ url }) => url?.startsWith(base)).map(({ processId }) => processId));
}

/**
 * Returns the tasks of the page's main thread, the longest first, each with the longest named event inside. CPU time, since
 * a software GPU uses every core and wall time would include waiting.
 * @param {Buffer} trace
 * @param {string} base
 */
function longestTasks(trace, base) {
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const pages = pagesOf(traceEvents, base);
  const main = new Set(
    traceEvents
      .filter(
        ({ name, pid, args }) => name === 'thread_name' && args?.name === 'CrRendererMain' && pages.has(pid),
      )
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const events = traceEvents.filter(({ pid, tid, tdur }) => tdur !== undefined && main.has(`${pid}/${tid}`));
  const tasks = events.filter(({ name }) => /RunTask$/.test(name));
  if (tasks.length < 100) throw new Error(`the trace has ${tasks.length} tasks, expected at least 100`);
  const byTime = (/** @type {TraceEvent} */ a, /** @type {TraceEvent} */ b) => (b.tdur ?? 0) - (a.tdur ?? 0);
  /** @type {Map<string, TraceEvent>} a task has several events of this name, one inside the other */
  const distinct = new Map();
  for (const task of tasks.sort(byTime)) {
    const { pid, tid, ts, dur = 0 } = task;
    const isInside = [...distinct.values()].some(
      (one) => one.pid === pid && one.tid === tid && ts >= one.ts && ts + dur <= one.ts + (one.dur ?? 0),
    );
    if (!isInside) distinct.set(`${pid}/${tid}/${ts}`, task);
    if (distinct.size === SHOWN) break;
  }
  return [...distinct.values()].map((task) => {
    const end = task.ts + (task.dur ?? 0);
    const inside = events
      .filter(({ name, pid, tid, ts }) => {
        const isSameThread = pid === task.pid && tid === task.tid;
        return (
          isSameThread &&
          ts >= task.ts &&
          ts <= end &&
          !/RunTask$|^ThreadControllerImpl|^AsyncTask/.test(name)
        );
      })
      .sort(byTime)[0];
    return { ms: (task.tdur ?? 0) / 1000, what: inside?.name ?? 'no event inside' };
  });
}

const server = await serve({ port: 4700 });
const base = server.resolvedUrls?.local[0] ?? '';
const executablePath = await findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: chromiumArguments(),
});
try {
  for (const { name, place, use } of visits) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(PATIENCE);
    await browser.startTracing(page, { categories });
    await page.goto(`${base}#/${place}`);
    await use(page);
    const tasks = longestTasks(await browser.stopTracing(), base);
    const texts = tasks.map(({ ms, what }) => `${ms.toFixed(1)} ms (${what})`);
    console.log(`${name}: the longest tasks of the main thread take ${texts.join(', ')}`);
    if ((tasks[0]?.ms ?? 0) > LIMIT_MS) process.exitCode = 1;
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
