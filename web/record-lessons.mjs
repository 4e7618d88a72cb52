// Records the figure of each lesson from a real run, for readers without WebGPU. It needs a built app:
//   npm run build:web && node web/record-lessons.mjs [lesson ...]
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumArguments, findChromium } from '../scripts/find-chromium.mjs';
import { serve } from './server.mjs';

const folder = fileURLToPath(new URL('./src/lessons/', import.meta.url));
const slugs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('/lesson.tsx'))
  .map((file) => file.replace('/lesson.tsx', ''));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : slugs;

const server = await serve({ port: 4500, base: '/' });
const executablePath = await findChromium();
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: chromiumArguments(),
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
try {
  for (const slug of wanted) {
    await page.goto(`${server.resolvedUrls?.local[0]}embed.html#lesson/${slug}`);
    await page.reload(); // only the hash changes between lessons
    const figure = page.getByTestId('interactive');
    await figure.locator('canvas, svg, table').first().waitFor({ timeout: 60_000 });
    await settle(figure);
    const train = figure.getByRole('button', {
      name: /^(Train|Train for a minute|Measure on this device|Load the weights and train)$/,
    });
    if (await train.count()) {
      await train.click();
      await page.waitForTimeout(20_000);
      const stop = figure.getByRole('button', { name: /^(Pause|Stop)$/ });
      if (await stop.count()) await stop.click();
    }
    await settle(figure);
    const nodes = await figure.evaluate(readFigure);
    const device = ((await page.getByTestId('gpu-name').textContent()) ?? '').replace(/^, /, '');
    const date = new Date().toISOString().slice(0, 10);
    const text = `${JSON.stringify({ device, date, figure: nodes })}\n`;
    writeFileSync(`${folder}recorded/${slug}.json`, text);
    console.log(`${slug}: ${(text.length / 1000).toFixed(0)} kB`);
  }
} finally {
  await browser.close();
  await server.close();
}

/**
 * Waits until the text of the figure has not changed for three seconds, at most a minute and a half.
 * @param {import('playwright').Locator} figure
 */
async function settle(figure) {
  let before = '';
  let still = 0;
  for (let i = 0; i < 90 && still < 3; i++) {
    await figure.page().waitForTimeout(1000);
    const text = (await figure.textContent()) ?? '';
    still = text === before && !/ …/.test(text) ? still + 1 : 0;
    before = text;
  }
}

/**
 * Runs in the page.
 * @param {Element} root
 */
function readFigure(root) {
  const skipped = new Set(['SCRIPT', 'H1']);
  /**
   * @param {Node} node
   * @returns {unknown}
   */
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent;
    if (!(node instanceof Element) || skipped.has(node.tagName)) return null;
    // buttons that act are left out; the text of others, such as the cells of a table, is kept
    if (node instanceof HTMLButtonElement) {
      if (node.classList.contains('button')) return null;
      return ['span', {}, ...[...node.childNodes].map(read).filter((one) => one !== null)];
    }
    /** @type {Record<string, string>} */
    const attributes = {};
    for (const { name, value } of node.attributes) {
      if (
        !/^(id|for|data-testid|tabindex|name|role|aria-live)$/.test(name) ||
        (name === 'role' && value === 'img')
      )
        attributes[name] = value;
    }
    if (node instanceof HTMLSelectElement) {
      attributes.disabled = '';
      attributes['aria-label'] = node.labels?.[0]?.textContent ?? 'control';
    }
    if (node instanceof HTMLInputElement) {
      attributes.value = node.value;
      attributes.disabled = '';
      attributes['aria-label'] ??= node.labels?.[0]?.textContent ?? 'control';
      if (node.checked) attributes.checked = '';
    }
    if (node instanceof HTMLCanvasElement) {
      attributes.png = node.toDataURL('image/png').split(',')[1] ?? '';
      return ['canvas', attributes];
    }
    return [
      node.tagName.toLowerCase(),
      attributes,
      ...[...node.childNodes].map(read).filter((one) => one !== null),
    ];
  };
  return [...root.children]
    .slice(0, -1) // the link to the lesson
    .map(read)
    .filter((one) => one !== null);
}
