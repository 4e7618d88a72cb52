// `node web/record-training.mjs [--frames 22] [--steps 9] [--settings 'side=32&batch=16'] [--out docs/images/train.webp]`,
// after `npm run build:web`: trains on drawn faces in Chromium and records the Train page as an animated WebP.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { chromiumArguments, findChromium } from '../scripts/find-chromium.mjs';
import { serve } from './server.mjs';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '22' },
    /** between two frames */
    steps: { type: 'string', default: '9' },
    settings: { type: 'string', default: 'side=32&batch=16&pictures=640&epochs=5' },
    out: {
      type: 'string',
      default: fileURLToPath(new URL('../docs/images/train.webp', import.meta.url)),
    },
  },
});
const [count, steps] = [Number(values.frames), Number(values.steps)];
/** Pixels of a frame. */
const WIDTH = 1000;
/** Milliseconds per frame, and of the last one. */
const [DELAY, LAST] = [160, 2500];

const server = await serve({ port: 4600 });
const executablePath = await findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: chromiumArguments(),
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light' });
  page.setDefaultTimeout(120_000);
  await page.goto(`${server.resolvedUrls?.local[0]}#/train?${values.settings}`);
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('.faces-panel').waitFor();
  await page.locator('.figures').evaluate((figures) => {
    scrollTo(0, figures.getBoundingClientRect().top + scrollY - 12);
  });
  /** @type {Buffer[]} */
  const frames = [];
  for (let frame = 0; frame < count; frame++) {
    const state = await reach(1 + frame * steps);
    const shot = await page.screenshot({ animations: 'disabled' });
    frames.push(await sharp(shot).resize(WIDTH).png().toBuffer());
    if (!/^(Training|Compiling)/.test(state)) break;
  }
  const delay = frames.map((_, i) => (i === frames.length - 1 ? LAST : DELAY));
  const { size } = await sharp(frames, { join: { animated: true } })
    .webp({ delay, loop: 0, quality: 60, effort: 3 })
    .toFile(values.out);
  console.log(`${values.out}: ${frames.length} frames, ${(size / 1000).toFixed(0)} kB`);

  /**
   * Waits until the run has done this many steps or has ended.
   * @param {number} wanted
   */
  async function reach(wanted) {
    for (;;) {
      const done = Number.parseInt((await page.getByTestId('step').textContent()) ?? '', 10);
      const state = (await page.getByTestId('state').textContent()) ?? '';
      if (done >= wanted || /^(Finished|Stopped|Not running)/.test(state)) {
        const legends = await page.locator('.legend').allTextContents();
        console.log(`${state}, step ${done}: ${legends.join('; ')}`);
        return state;
      }
      await page.waitForTimeout(200);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
