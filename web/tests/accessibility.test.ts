import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

const axeFile = createRequire(new URL('../package.json', import.meta.url)).resolve('axe-core/axe.min.js');
const axe = readFileSync(axeFile, 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Runs axe-core's rules on what the page shows and returns what they find, as text. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${impact}) ${target.join(' ')}: ${failureSummary}`),
  );
}

const PAGES: readonly [place: string, ready: string][] = [
  ['', '.landing .prose'],
  ['no-such-page', 'h1'],
  ['studio', 'h1'],
  ['train', 'h1'],
  ['recognize', 'h1'],
  ['compare', 'h1'],
  ['lessons', 'h1'],
  ['lessons/hard-swish', 'article h1'],
  ['course', 'h1'],
  ['network', 'h1'],
  ['playground', 'h1'],
  ['docs', 'article h1'],
  ['docs/performance', 'article h1'],
];

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `axe-core finds nothing on any page without a GPU (${colorScheme})`,
    async () => {
      const { page, go } = await visit({ webgpu: false, context: { colorScheme } });
      const found: Record<string, string[]> = {};
      for (const [place, ready] of PAGES) {
        await go(place);
        await page.locator(ready).first().waitFor({ timeout: PATIENCE });
        await page.waitForTimeout(300);
        const list = await violations(page);
        if (list.length > 0) found[place] = list;
      }
      await page.keyboard.press('/');
      await page.getByRole('searchbox').fill('hardswish');
      await page.locator('[data-testid="search-hits"] a').first().waitFor({ timeout: PATIENCE });
      const list = await violations(page);
      if (list.length > 0) found.search = list;
      expect(found).toEqual({});
    },
    2 * PATIENCE,
  );
}

test(
  'the drawings on the cards of the lessons have colors of the theme',
  async () => {
    const { page, go } = await visit({ webgpu: false, context: { colorScheme: 'dark' } });
    await go('lessons');
    await page.locator('.card').last().locator('svg').waitFor();
    const cards = page.locator('.card:has(svg)');
    await expect.poll(() => cards.count()).toBe(await page.locator('.card').count());
    const black = await cards.evaluateAll((found) =>
      found.flatMap((card) => {
        const shapes = [...card.querySelectorAll('circle, rect, text')];
        // black is the default of SVG
        const unstyled = shapes.filter((shape) => getComputedStyle(shape).fill === 'rgb(0, 0, 0)');
        return unstyled.length > 0 ? [`${card.getAttribute('data-testid')}: ${unstyled.length}`] : [];
      }),
    );
    expect(black).toEqual([]);
  },
  PATIENCE,
);

test(
  'axe-core finds nothing while a training runs and after it, with the data tables open',
  async () => {
    const { page, go } = await visit();
    await go('train?batch=4&side=32&pictures=48&epochs=2&valid=0.2&seed=5');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.confusion').waitFor({ timeout: PATIENCE });
    await page.getByText('Weights and gradients').click();
    await page.locator('.layer-list').waitFor();
    for (const summary of await page.getByText('Data table').all()) await summary.click();
    await page.getByRole('table', { name: 'Loss by step' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('state').filter({ hasText: 'Finished' }).waitFor({ timeout: PATIENCE });
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
  },
  3 * PATIENCE,
);

test.each([
  ['convolution', 'chosen-output'],
  ['coordinate-attention', 'interactive'],
])(
  'axe-core finds nothing on the live lesson %s with its parts open',
  async (slug, ready) => {
    const { page, go, errors } = await visit();
    await go(`lessons/${slug}`);
    await page.getByTestId(ready).waitFor({ timeout: PATIENCE });
    await page.getByTestId('exercises').locator('summary').first().waitFor({ timeout: PATIENCE });
    for (const summary of await page.locator('article details > summary').all()) {
      if (await summary.isVisible()) await summary.click();
    }
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
  },
  2 * PATIENCE,
);
