// The page over a whole network, as a reader uses it.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const face = fileURLToPath(new URL('../../examples/face.png', import.meta.url));

const number = async (page: Page, testId: string): Promise<number> =>
  Number(((await page.getByTestId(testId).first().textContent()) ?? '').replaceAll('−', '-'));

async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await readFile(axeFile, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** No page scrolls sideways, on a phone, a tablet and a desktop. */
async function fits(page: Page): Promise<void> {
  for (const width of [390, 820, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `at ${width}`).toBe(width);
  }
}

test(
  'from the network to a block, an operator and a number, by keyboard and back',
  async () => {
    const { page, go, errors, strays } = await visit();
    let bytes = 0;
    page.on('response', async (response) => {
      if (response.ok() && /\.(js|css)$/.test(new URL(response.url()).pathname))
        bytes += gzipSync(await response.body()).length;
    });
    await go('network');
    await page.getByTestId('answer').filter({ hasText: '%' }).waitFor({ timeout: PATIENCE });
    expect(bytes, 'code of the page, gzipped').toBeLessThan(200_000);
    expect(await violations(page)).toEqual([]);
    await fits(page);

    await page.getByRole('button', { name: /^features\.4/ }).press('Enter');
    await page.waitForURL(/block=features\.4/);
    await page.getByTestId('level-1').waitFor();
    await page.getByRole('button', { name: /DepthwiseConv2d/ }).press('Enter');
    await page.getByTestId('number-panel').waitFor({ timeout: PATIENCE });
    const picker = page.getByTestId('pixel-picker');
    const before = await page.getByTestId('where').textContent();
    await picker.press('ArrowRight');
    await expect.poll(() => page.getByTestId('where').textContent()).not.toBe(before);
    await page.waitForURL(/at=\d+\.\d+\.\d+/);
    await picker.click({ position: { x: 2, y: 2 } });
    await page.waitForURL(/at=\d+\.0\.0/);
    await page.getByText('outside: 0').first().waitFor({ timeout: PATIENCE });
    // the sum of the products is the kernel's number, and the slope of an input is its weight
    expect(await number(page, 'computed')).toBeCloseTo(await number(page, 'by-kernel'), 3);
    expect(await number(page, 'difference')).toBeLessThan(1e-4);
    const cells = await page.locator('.terms tbody tr').first().locator('td').allTextContents();
    expect(Number(cells[3]?.replace('−', '-'))).toBeCloseTo(Number(cells[1]?.replace('−', '-')), 4);
    await page
      .locator('.kernel .marked')
      .filter({ hasText: 's = fma(pixel[' })
      .first()
      .waitFor({ timeout: PATIENCE });

    await page.getByRole('button', { name: 'Follow the gradient' }).click();
    await page.getByTestId('pull').getByText('features.0.0').waitFor({ timeout: PATIENCE });
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await violations(page), scheme).toEqual([]);
    }
    await fits(page);

    // an input leads to the operator that made it; Escape leads back up
    await page.locator('.terms').getByRole('button').first().click();
    await page.waitForURL(/op=features\.4\.block\.0\.1/);
    await page.getByText('Divide by the spread').first().waitFor({ timeout: PATIENCE });
    expect(await number(page, 'difference')).toBeLessThan(1e-4);
    await picker.press('Escape');
    await page.getByTestId('level-1').waitFor();
    await page.getByRole('button', { name: /DepthwiseConv2d/ }).press('Escape');
    await page.getByTestId('level-0').waitFor();
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'another network, the reader’s own picture, and a link to one number',
  async () => {
    const { page, go, errors, strays } = await visit();
    await go('network?model=lenet5&block=features&op=features.0&at=2.3.4');
    await page.getByTestId('number-panel').waitFor({ timeout: PATIENCE });
    expect(await page.getByTestId('where').textContent()).toBe('map 2, row 3, column 4');
    expect(await number(page, 'difference')).toBeLessThan(1e-4);
    const before = await number(page, 'by-kernel');
    await page.getByTestId('network-image').setInputFiles(face);
    await page.getByText('The picture is face.png').waitFor();
    await expect.poll(() => number(page, 'by-kernel'), { timeout: PATIENCE }).not.toBe(before);
    await page.getByRole('button', { name: 'lenet5' }).click();
    await page.getByTestId('answer').filter({ hasText: 'random weights' }).waitFor({ timeout: PATIENCE });
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  2 * PATIENCE,
);
