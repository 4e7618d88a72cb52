// The course page and its languages, figures embedded in other pages, and the lessons without a GPU.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { LESSONS } from '../src/lessons/plan.ts';
import { en } from '../src/text/en.ts';
import { PATIENCE, visit } from './site.ts';

const axe = readFileSync(
  fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url)),
  'utf8',
);

/** All texts of the English catalog that German does not share. */
const ENGLISH = new Set(
  JSON.stringify(en)
    .match(/(?<=":")[^"]+/g)
    ?.filter((text) => !['Kernel', 'kernel'].includes(text)),
);

/** Returns the violations of all rules of axe on a page, as text. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe); // evaluated by the debugger, so the page's policy does not matter
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
    );
  });
}

/** Returns the parts of a lesson that scroll sideways but cannot be reached or are nameless for the keyboard. */
const unreachable = (page: Page) =>
  page.locator('article *').evaluateAll((nodes) =>
    nodes
      .filter((node) => {
        const scrolls =
          /auto|scroll/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth;
        const hasName = Boolean(node.getAttribute('aria-label') ?? node.getAttribute('aria-labelledby'));
        return (
          scrolls && !((node as HTMLElement).tabIndex >= 0 && hasName) && !node.closest('[tabindex="0"]')
        );
      })
      .map((node) => `${node.tagName}.${node.className} scrolls, but not by keyboard`),
  );

const widthOf = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test(
  'the course page switches its language, keeps it, and counts what is solved',
  async () => {
    const { page, go, strays, errors } = await visit({ context: { locale: 'en-US' } });
    await go('course');
    await page.getByRole('heading', { level: 1, name: 'How a small network computes' }).waitFor();
    expect(await page.getByTestId('course-list').locator(':scope > li').count()).toBe(LESSONS.length);
    await page.getByText('Deutsch', { exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Wie ein kleines Netz rechnet' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Wie ein kleines Netz rechnet' }).waitFor();

    await go('lessons/backprop');
    await page.getByRole('heading', { level: 1, name: 'Backpropagation von Hand' }).waitFor();
    await page.getByTestId('value-a').filter({ hasText: '0,667' }).waitFor({ timeout: PATIENCE });
    const exercise = page.getByTestId('exercise-by-hand');
    await exercise.locator('summary').first().click();
    const answer = exercise.getByRole('textbox');
    await answer.fill('0.5');
    await answer.press('Enter');
    await exercise.getByText('Nicht bestanden, deine Zahl:').waitFor({ timeout: PATIENCE });
    await answer.fill('−0,944');
    await answer.press('Enter');
    await exercise.getByText('Gelöst.').waitFor({ timeout: PATIENCE });
    for (const slug of ['backprop', 'inverted-residual']) {
      await go(`lessons/${slug}`);
      const lesson = page.getByTestId(`lesson-${slug}`);
      await lesson.getByTestId('exercises').locator('summary').first().waitFor({ timeout: PATIENCE });
      const controls = await lesson
        .locator('button, summary, label, nav a, h2, h3, th, output, [role=radiogroup]')
        .evaluateAll((nodes) =>
          nodes.map((node) => node.getAttribute('aria-label') ?? node.textContent ?? ''),
        );
      expect(controls.length).toBeGreaterThan(30);
      expect(controls.filter((text) => ENGLISH.has(text.trim()))).toEqual([]);
    }
    await go('course');
    await page
      .getByTestId('course-progress')
      .filter({ hasText: /1 von \d+ Aufgaben gelöst/ })
      .waitFor();
    await page.getByText('English', { exact: true }).click();
    await page
      .getByTestId('course-progress')
      .filter({ hasText: /solved 1 of \d+ exercises/ })
      .waitFor();

    await go('course/notes/backprop');
    await page.getByRole('heading', { name: 'Expected difficulties' }).waitFor(); // in English again
    expect(await page.getByTestId('paper').textContent()).toContain(
      'So ∂L/∂w = −0.7083 · 0.6667 · 2 = −0.944',
    );
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    expect(await page.locator('.header').isVisible()).toBe(false);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'the embed code of a figure contains its state',
  async () => {
    const { page, go, errors, strays } = await visit({
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    await go('lessons/inverted-residual?n=30');
    await page.getByTestId('recovered').waitFor({ timeout: PATIENCE });
    await page.getByRole('button', { name: 'Copy embed code' }).click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    const address = code.match(/^<iframe src="([^"]+)" title="The inverted residual/)?.[1];
    expect(address).toMatch(/embed\.html#lesson\/inverted-residual\?n=30$/);

    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  2 * PATIENCE,
);

test(
  'an embedded figure is small, takes theme and state from its address, and keeps the state there',
  async () => {
    const { page, base, errors, strays } = await visit();
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (response.ok()) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`${base}embed.html#lesson/inverted-residual?n=30&theme=dark`);
    await page.getByTestId('recovered').waitFor({ timeout: PATIENCE });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes, 'all files of an embedded figure, gzipped').toBeLessThan(150_000);
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(await page.evaluate(() => localStorage.getItem('feathergrad-theme'))).toBe(null);
    await page.getByTestId('width').focus();
    await page.getByTestId('width').press('ArrowLeft');
    await page.waitForURL(/n=20.*theme=dark|theme=dark.*n=20/);
    expect(await violations(page)).toEqual([]);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  2 * PATIENCE,
);

test(
  'without a GPU every lesson shows its recorded figure and one notice, without violations of axe or sideways scrolling',
  async () => {
    const { page, go, strays, errors } = await visit({ webgpu: false });
    const found: string[] = [];
    for (const { slug } of LESSONS) {
      await go(`lessons/${slug}`);
      await page.getByTestId(`lesson-${slug}`).getByTestId('recorded').waitFor();
      expect(await page.getByTestId('no-gpu').count(), slug).toBe(1);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        found.push(...(await violations(page)).map((one) => `${slug}, ${colorScheme}: ${one}`));
      }
      for (const width of [390, 820]) {
        await page.setViewportSize({ width, height: 800 });
        const wider = await widthOf(page);
        if (wider > 0) found.push(`${slug} at ${width} pixels is ${wider} pixels too wide`);
        found.push(...(await unreachable(page)).map((one) => `${slug} at ${width} pixels: ${one}`));
      }
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    for (const place of ['course', 'course/handout/batch-norm', 'course/notes/batch-norm', 'lessons']) {
      await go(place);
      await page.locator('h1').waitFor();
      found.push(...(await violations(page)).map((one) => `${place}: ${one}`));
    }
    expect(found).toEqual([]);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
