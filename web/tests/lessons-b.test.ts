import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

/** Returns the text of a figure, once it matches. */
async function figure(page: Page, testId: string, wanted: RegExp = /\d/): Promise<string> {
  const found = page.getByTestId(testId).filter({ hasText: wanted });
  await found.waitFor({ timeout: PATIENCE });
  return ((await found.textContent()) ?? '').replace('−', '-');
}

async function passes(page: Page): Promise<void> {
  await page.getByTestId('check').getByRole('button').click();
  expect(await figure(page, 'check-result', /\w/)).toMatch(/^Pass:/);
}

/** Drags with the mouse from one position in an element to another, both as fractions of its box. */
async function pull(
  page: Page,
  selector: string,
  from: [number, number],
  to: [number, number],
): Promise<void> {
  const element = page.locator(selector);
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (!box) throw new Error(`${selector} is not shown`);
  const at = ([across, down]: [number, number]) =>
    [box.x + across * box.width, box.y + down * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
}

test(
  'batch norm follows a dragged example, uses its estimate in evaluation, and is constant for a batch of one',
  async () => {
    const { page, go, strays, errors } = await visit();
    await go('lessons/batch-norm?batch=1,2,3,4&example=4');
    await figure(page, 'batch-mean', /^2\.500$/);
    await figure(page, 'batch-variance', /^1\.250$/);
    await figure(page, 'chosen-output', /^1\.342$/); // 1.5 / sqrt(1.25)
    await figure(page, 'slope-sum', /^0\.000$/);
    await page.getByTestId('example-value').fill('6');
    await figure(page, 'batch-mean', /^3\.000$/);

    await page.getByRole('button', { name: 'One step' }).click();
    await figure(page, 'running-mean', /^0\.300$/);
    await figure(page, 'running-variance', /^1\.367$/); // 0.9 + 0.1 * 3.5 * 4 / 3
    await page.getByText('Evaluation', { exact: true }).click();
    await figure(page, 'chosen-output', /^4\.876$/); // (6 - 0.3) / sqrt(1.3667)
    await figure(page, 'slope-sum', /^0\.855$/);

    // the example at 1 is at 7 of the 12 units between the ends of the scale
    await pull(page, '.batch-chart svg', [0.58, 0.34], [0.02, 0.34]);
    await figure(page, 'batch-mean', /^1\.2/);

    await page.getByText('Training', { exact: true }).click();
    await page.getByTestId('batch-size').fill('1');
    await figure(page, 'batch-variance', /^0\.000$/);
    await figure(page, 'chosen-output', /^0\.000$/);
    await figure(page, 'in-words', /One example/);
    await passes(page);

    const exact = Number(await figure(page, 'exact-variance'));
    expect(Number(await figure(page, 'broken-variance'))).toBeCloseTo(exact, 2);
    await page.getByTestId('break-switch').click();
    await page
      .getByTestId('break-it')
      .getByText(/rounding|lost/)
      .waitFor();
    expect(Math.abs(Number(await figure(page, 'broken-variance')) - exact)).toBeGreaterThan(0.002);
    await page.waitForURL(/batch=-?\d.*broken=1/);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'coordinate attention opens where the patch is; squeeze-excitation does not see positions',
  async () => {
    const { page, go, strays, errors } = await visit();
    await go('lessons/coordinate-attention');
    const open = Number(await figure(page, 'at-patch'));
    expect(open).toBeGreaterThan(2 * Number(await figure(page, 'average-gate')));
    const channels = () => Promise.all(['red', 'green', 'blue'].map((name) => figure(page, `se-${name}`)));
    const before = await channels();
    await pull(page, '[data-testid=lit-face]', [0.7, 0.3], [0.25, 0.75]);
    await page.waitForURL(/y=3\d&x=1\d/);
    await figure(page, 'at-patch', new RegExp(`^(?!${open.toFixed(3)})`));
    expect(Number(await figure(page, 'at-patch'))).toBeGreaterThan(0.5);
    expect(await channels()).toEqual(before);
    expect(Number(await figure(page, 'se-moved'))).toBeLessThan(1e-4);

    await page.getByText('Red', { exact: true }).click();
    await figure(page, 'se-blue', /^0\.5/); // only red has increased
    await passes(page);

    const spot = Number.parseFloat(await figure(page, 'open-share', /^[\d.]+%/));
    await page.getByTestId('break-switch').click();
    await page.getByText('A band', { exact: false }).waitFor();
    expect(Number.parseFloat(await figure(page, 'open-share'))).toBeGreaterThan(2 * spot);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'complementary pooling: two convolutions and the merged one differ by rounding, unless an activation is in between',
  async () => {
    const { page, go, strays, errors } = await visit();
    await go('lessons/complementary-pooling');
    const apart = async () => Number(await figure(page, 'difference', /e-/));
    expect(await apart()).toBeGreaterThan(0);
    expect(await apart()).toBeLessThan(2e-6);
    await figure(page, 'macs-two', /^135,424$/); // 2 * (23 + 23) * 184 * 8
    await figure(page, 'macs-one', /^67,712$/);
    const average = await figure(page, 'row-average');
    await pull(page, '.cross-map', [0.5, 0.5], [0.2, 0.95]);
    await page.waitForURL(/y=21&x=4/);
    expect(await figure(page, 'row-average')).not.toBe(average);
    await page.getByTestId('channels').fill('0');
    await figure(page, 'macs-one', /^2,944$/);
    await passes(page);

    expect(Number(await figure(page, 'broken-difference', /e-/))).toBeLessThan(1e-4);
    await page.getByTestId('break-switch').click();
    expect(Number(await figure(page, 'broken-difference', /^\d\.\d+$/))).toBeGreaterThan(0.1);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
