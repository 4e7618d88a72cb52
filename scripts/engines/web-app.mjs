// Drives the main paths of the built web app in Firefox: recognizes an image, trains, runs a lesson's gradient check, opens
// the documentation, and recognizes again without WebGPU.
import { join } from 'node:path';
import { root } from '../run.mjs';
import { serveFolder } from '../serve-folder.mjs';
import { loadPuppeteer } from './find-engines.mjs';
import { PREFERENCES } from './firefox.mjs';

/** Milliseconds; a software GPU on a busy machine is slow. */
const PATIENCE = 180_000;
const FACE = { file: join(root, 'examples/face.png'), label: 'Happy', percent: 83.0 };
/** Percentage points; the page resizes a crop, whose edge is repeated, and rounds to one decimal. */
const TOLERANCE = 1;

/**
 * Visits web/dist in Firefox.
 * @param {string} binary of Firefox
 * @param {(line: string) => void} say receives one line per path that works
 * @throws Error that names the path and what the page shows
 */
export async function driveWebApp(binary, say) {
  const puppeteer = await loadPuppeteer();
  const { origin, close } = await serveFolder(join(root, 'web/dist'));
  const withGpu = [recognize, train, lesson, documentation];
  try {
    for (const [webgpu, paths] of /** @type {const} */ ([
      [true, withGpu],
      [false, [recognizeOnCpu]],
    ])) {
      const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: binary,
        headless: true,
        extraPrefsFirefox: webgpu ? PREFERENCES : { ...PREFERENCES, 'dom.webgpu.enabled': false },
        protocolTimeout: PATIENCE,
      });
      try {
        for (const path of paths) {
          const page = await browser.newPage();
          page.setDefaultTimeout(PATIENCE);
          /** @type {string[]} */
          const errors = [];
          page.on('pageerror', (/** @type {Error} */ error) => errors.push(error.message));
          const started = performance.now();
          try {
            const found = await path(new Visit(page, origin));
            if (errors.length > 0) throw new Error('errors in the page');
            say(`${path.name}: ${found} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
          } catch (error) {
            const text = await page.evaluate(() => document.body.textContent?.slice(0, 1500)).catch(() => '');
            const all = [error instanceof Error ? error.message : String(error), ...errors].join('; ');
            throw new Error(`${path.name}: ${all}\nThe page shows:\n${text}`);
          }
          await page.close();
        }
      } finally {
        await browser.close();
      }
    }
  } finally {
    close();
  }
}

/** A page of the app, with waiting by test ids. */
class Visit {
  /** @param {any} page of Puppeteer @param {string} origin */
  constructor(page, origin) {
    this.page = page;
    this.origin = origin;
  }

  /** @param {string} place such as `train?batch=4` */
  async go(place) {
    await this.page.goto(`${this.origin}/#/${place}`, { waitUntil: 'domcontentloaded' });
  }

  /** Returns the text of the element with a test id, once it matches. @param {string} id @param {RegExp} wanted */
  async text(id, wanted) {
    const selector = `[data-testid="${id}"]`;
    await this.page
      .waitForFunction(
        (/** @type {string} */ css, /** @type {string} */ source) =>
          [...document.querySelectorAll(css)].some((node) => new RegExp(source).test(node.textContent ?? '')),
        {},
        selector,
        wanted.source,
      )
      .catch(() => {
        throw new Error(`"${id}" never matched ${wanted}`);
      });
    return this.page.$eval(selector, (/** @type {Element} */ node) => node.textContent ?? '');
  }

  /** Clicks a button by its label. @param {string} label */
  async press(label) {
    const button = await this.page.waitForSelector(`::-p-xpath(//button[normalize-space()="${label}"])`);
    await button.click();
  }

  /** @param {string} id @param {string} file */
  async choose(id, file) {
    const input = await this.page.waitForSelector(`input[data-testid="${id}"], [data-testid="${id}"] input`);
    await input.uploadFile(file);
  }
}

/** @param {Visit} visit */
async function recognize(visit, webgpu = true) {
  await visit.go('recognize');
  await visit.text('weights-from', /built-in/);
  await visit.choose('picture-input', FACE.file);
  if (webgpu) {
    const byHand = '::-p-xpath(//label[span[normalize-space()="Place the face by hand"]]/input)';
    await (await visit.page.waitForSelector(byHand)).click();
  }
  const label = await visit.text('answer', /^(?!Waiting|Looking)/);
  await visit.page.waitForFunction(() =>
    /\d %/.test(document.querySelector('.bars .best b')?.textContent ?? ''),
  );
  const shown = await visit.page.$eval(
    '.bars .best b',
    (/** @type {Element} */ node) => node.textContent ?? '',
  );
  if (label !== FACE.label || Math.abs(Number.parseFloat(shown) - FACE.percent) > TOLERANCE) {
    throw new Error(`wrong prediction (got ${label} ${shown}, expected ${FACE.label} ${FACE.percent} %)`);
  }
  return `${label} ${shown}`;
}

/** @param {Visit} visit */
async function recognizeOnCpu(visit) {
  const found = await recognize(visit, false);
  await visit.text('on-cpu', /Running on the CPU/);
  return found;
}

/** @param {Visit} visit */
async function train(visit) {
  await visit.go('train?data=drawn&batch=4&side=32&pictures=48&epochs=200&lr=0.05&valid=0.2&seed=5');
  await visit.press('Start');
  await visit.text('state', /Training/);
  await visit.text('step', /^([2-9]\d|\d{3,})/); // 20 steps, more than one epoch
  const loss = Number(await visit.text('loss', /\d/));
  if (!(loss > 0.1 && loss < 4)) throw new Error(`the loss is ${loss}`);
  return `20 steps, loss ${loss}`;
}

/** @param {Visit} visit */
async function lesson(visit) {
  await visit.go('lessons/hard-swish?x=1');
  const value = await visit.text('value-hard-swish', /0\.6667/);
  const button = await visit.page.waitForSelector('[data-testid="check"] button');
  await button.click();
  await visit.text('check-result', /Pass: 15 of 17 slopes agree/);
  return `hard-swish(1) = ${value}, gradient check passed`;
}

/** @param {Visit} visit */
async function documentation(visit) {
  await visit.go('docs/guides/deploy');
  await visit.page.waitForFunction(() =>
    /Deploy/.test(document.querySelector('article h1')?.textContent ?? ''),
  );
  return visit.page.$eval('article h1', (/** @type {Element} */ node) => node.textContent ?? '');
}
