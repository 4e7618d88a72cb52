// `node web/record-landing.mjs`, after `npm run build:web`: lets the landing page train in Chromium, and writes its recording
// in both themes (web/src/landing/recorded-*.webp) and the image for previews of links (web/public/og.png).
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { chromiumArguments, findChromium } from '../scripts/find-chromium.mjs';
import { serve } from './server.mjs';

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Pixels of the image for previews. */
const PREVIEW = { width: 1200, height: 630 };

const server = await serve({ port: 4600 });
const executablePath = await findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: chromiumArguments(),
});
try {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 1100 },
    colorScheme: 'light',
    deviceScaleFactor: 2,
  });
  page.setDefaultTimeout(1_800_000);
  await page.goto(`${server.resolvedUrls?.local[0]}#/`);
  await page.getByRole('button', { name: 'Train it here' }).click(); // a software adapter does not start by itself
  await page.locator('[data-testid="live-faces"][data-state="done"]').waitFor();
  console.log(await page.locator('.live-said').textContent());
  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme: theme });
    await page.waitForTimeout(500);
    const shot = await page.locator('.live-canvas').screenshot({ animations: 'disabled' });
    const { width, height, size } = await sharp(shot)
      .webp({ quality: 60 })
      .toFile(here(`src/landing/recorded-${theme}.webp`));
    console.log(`recorded-${theme}.webp: ${width} x ${height}, ${(size / 1000).toFixed(0)} kB`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1320, height: 693 }); // the header and the first rows of faces
  await page.waitForTimeout(500);
  const shot = await page.screenshot({ animations: 'disabled' });
  const { size } = await sharp(shot)
    .resize(PREVIEW.width, PREVIEW.height)
    .png({ palette: true, quality: 90 })
    .toFile(here('public/og.png'));
  console.log(`og.png: ${(size / 1000).toFixed(0)} kB`);
} finally {
  await browser.close();
  await server.close();
}
