// The visits that `main-thread.mjs` measures: each loads a page and uses it as a reader would.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from './run.mjs';

/** @typedef {import('playwright').Page} Page */
/** @typedef {{ name: string, place: string, use(page: Page): Promise<void> }} Visit */

const FACE = join(root, 'examples/face.png');

/** Waits until an element of the page has a text that matches. @param {Page} page */
const shows = (page, /** @type {string} */ testId, /** @type {string | RegExp} */ text = /./) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor();

/** Eight pictures of one color. */
const pictures = (/** @type {string} */ color) =>
  Promise.all(
    Array.from({ length: 8 }, async (_, i) => ({
      name: `${color}-${i}.png`,
      mimeType: 'image/png',
      buffer: await sharp({ create: { width: 320 + 8 * i, height: 240, channels: 3, background: color } })
        .png()
        .toBuffer(),
    })),
  );

/** The slugs of the lessons, in order. */
const LESSONS = [
  ...readFileSync(join(root, 'web/src/lessons/plan.ts'), 'utf8').matchAll(/^ {2}entry\(\s*'([\w-]+)'/gm),
].map(([, slug = '']) => slug);

/** @type {readonly Visit[]} */
export const VISITS = [
  {
    name: 'Landing',
    place: '',
    async use(page) {
      await shows(page, 'live-faces', 'WebGPU runs on the CPU');
      await page.getByRole('button', { name: 'Train it here' }).click();
      await shows(page, 'live-faces', /step [4-9]/);
    },
  },
  {
    name: 'Studio',
    place: 'studio',
    async use(page) {
      for (const [i, color] of ['firebrick', 'steelblue', 'goldenrod'].entries()) {
        await page.getByTestId(`upload-Class ${i + 1}`).setInputFiles(await pictures(color));
      }
      await shows(page, 'count-Class 3', '8 pictures');
      await page.getByTestId('live-input').setInputFiles(FACE);
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await shows(page, 'outcome');
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
  {
    name: 'Recognize',
    place: 'recognize',
    async use(page) {
      await shows(page, 'weights-from', 'built-in (FER+)');
      await page.getByTestId('picture-input').setInputFiles(FACE);
      await shows(page, 'answer');
    },
  },
  {
    name: 'Compare',
    place: 'compare?side=32&batch=2&rounds=3&training=0&ort=0&jax=0',
    async use(page) {
      await page.getByRole('button', { name: 'Start' }).click();
      await shows(page, 'flops');
      await page.locator('.roofline circle').nth(2).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
    },
  },
  { name: 'Lessons', place: 'lessons', use: (page) => shows(page, `card-${LESSONS.at(-1)}`, /\w{20}|\. /) },
  ...LESSONS.map((slug) => ({
    name: `lesson ${slug}`,
    place: `lessons/${slug}`,
    async use(/** @type {Page} */ page) {
      await page.getByTestId('check').getByRole('button').click();
      await shows(page, 'check-result', /\w/);
      await page.getByTestId('break-switch').click();
      await page.waitForTimeout(2000);
    },
  })),
  { name: 'Course', place: 'course', use: (page) => page.getByRole('heading', { level: 1 }).waitFor() },
  {
    name: 'Network',
    place: 'network',
    async use(page) {
      await shows(page, 'answer', '%');
      await page.getByRole('button', { name: /^features\.4/ }).press('Enter');
      await page.getByRole('button', { name: /DepthwiseConv2d/ }).press('Enter');
      await shows(page, 'number-panel');
    },
  },
  {
    name: 'Playground',
    place: 'playground',
    async use(page) {
      await page
        .getByRole('textbox', { name: 'Program: TypeScript' })
        .filter({ hasText: 'First tensor' })
        .waitFor();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await shows(page, 'status', /Finished in/);
    },
  },
  {
    name: 'Docs',
    place: 'docs/performance',
    async use(page) {
      await page.getByRole('article').waitFor();
      await page.keyboard.press('/');
      await page.getByRole('searchbox').fill('hardswish');
      await page.locator('[data-testid="search-hits"] a').first().waitFor();
    },
  },
];
