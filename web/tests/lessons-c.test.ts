// Lessons 7 and 8 as a reader uses them.
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { visit } from './site.ts';

const number = async (page: Page, testId: string): Promise<number> =>
  Number.parseFloat(((await page.getByTestId(testId).textContent()) ?? '').replaceAll(',', ''));

const untilStep = (page: Page, least: number) =>
  page.waitForFunction(
    (least) =>
      Number(document.querySelector('[data-testid=step]')?.textContent?.replaceAll(',', '')) >= least,
    least,
    { timeout: 90_000 },
  );

test('center loss: two embeddings train live, and sliders affect them and are in the URL', async () => {
  const { page, go, errors, strays } = await visit();
  await go('lessons/center-loss?lambda=0');
  await page.getByTestId('learned-accuracy').waitFor({ timeout: 60_000 });
  expect(await page.getByTestId('lambda').inputValue()).toBe('0');
  const train = page.getByTestId('interactive').getByRole('button', { name: 'Train', exact: true });
  await train.click();
  await untilStep(page, 250);
  await page.getByRole('button', { name: 'Pause' }).click();
  await train.waitFor();
  // without the center loss both networks are equal bit for bit
  const loose = await number(page, 'learned-ratio');
  expect(loose).toBeGreaterThan(0.2);
  expect(await number(page, 'released-ratio')).toBe(loose);

  await page.getByTestId('lambda').fill('0.5');
  await page.waitForURL(/lambda=0\.5/);
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.waitForFunction(() => document.querySelector('[data-testid=step]')?.textContent === '0');
  await train.click();
  await untilStep(page, 350);
  await page.getByRole('button', { name: 'Pause' }).click();
  await train.waitFor();
  expect(await number(page, 'learned-accuracy')).toBeGreaterThan(95);
  expect(await number(page, 'learned-ratio')).toBeLessThan(loose / 2);
  expect(await number(page, 'released-ratio')).not.toBe(await number(page, 'learned-ratio'));

  await page.getByRole('button', { name: 'Check center loss and softmax' }).click();
  await page.getByTestId('check-result').waitFor({ timeout: 30_000 });
  expect(await page.getByTestId('check-result').textContent()).toMatch(/Pass:.*learned: 12 of 12/);

  // without the softmax all classes collapse to one place
  await page.getByTestId('break-switch').check();
  await page.getByTestId('broken-verdict').waitFor({ timeout: 90_000 });
  expect(await page.getByTestId('broken-verdict').textContent()).toMatch(/e-\d+: perfect but useless/);
  expect(await number(page, 'broken-accuracy')).toBeLessThan(40);
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 240_000);

test('center loss on drawn faces: a convolutional network trains too', async () => {
  const { page, go, errors } = await visit();
  await go('lessons/center-loss?data=faces');
  await page.getByText('Surprise').first().waitFor({ timeout: 60_000 });
  await page.getByTestId('interactive').getByRole('button', { name: 'Train', exact: true }).click();
  await untilStep(page, 4);
  expect(await number(page, 'learned-ratio')).toBeGreaterThan(0);
  await page.getByRole('radio', { name: 'Points' }).check({ force: true }); // leaves in the middle of it
  await page.getByText('Arm A').first().waitFor({ timeout: 30_000 });
  expect(errors).toEqual([]);
}, 180_000);

test('the whole network: counts, measured times, maps of a face, and a minute of training', async () => {
  const { page, go, errors, strays } = await visit();
  await go('lessons/whole-network');
  await page.getByTestId('maps').waitFor({ timeout: 90_000 });
  await page.getByRole('button', { name: 'Measure again' }).waitFor({ timeout: 120_000 });
  expect(await page.getByTestId('parameters').textContent()).toBe('1,297,733');
  expect(await page.getByTestId('macs').textContent()).toBe('9,659,528');
  expect(await number(page, 'time-features.2')).toBeGreaterThan(0);
  expect(await number(page, 'time-all')).toBeGreaterThan(await number(page, 'time-features.2'));

  await page.getByRole('button', { name: /maps of features\.9$/ }).click();
  await page.waitForURL(/block=features\.9/);
  await page
    .getByRole('img', { name: /24 of 80 maps of features\.9.*3 × 3 each/ })
    .waitFor({ timeout: 30_000 });
  await page.getByRole('radio', { name: 'After CPSCA' }).check({ force: true });
  await page.getByRole('img', { name: 'Attention map' }).waitFor({ timeout: 30_000 });
  const before = await page.getByTestId('probabilities').textContent();
  await page.getByRole('button', { name: 'Anger' }).click();
  await page.waitForURL(/face=5/);

  await page.getByRole('button', { name: 'Train for a minute' }).click();
  await page.waitForFunction(
    () => Number(document.querySelector('[data-testid=steps]')?.textContent) >= 2,
    null,
    {
      timeout: 90_000,
    },
  );
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Another minute' }).waitFor({ timeout: 30_000 });
  await page.waitForFunction(
    (before) => document.querySelector('[data-testid=probabilities]')?.textContent !== before,
    before,
    { timeout: 30_000 },
  );
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 300_000);

test('the whole network: its signal and gradient, and how both die without batch norm', async () => {
  const { page, go, errors } = await visit();
  await go('lessons/whole-network');
  await page.getByTestId('break-switch').scrollIntoViewIfNeeded();
  const verdict = page.getByTestId('gradient-verdict');
  await verdict.waitFor({ timeout: 90_000 });
  expect(await verdict.textContent()).toMatch(/every block gets a gradient/);
  await page.getByTestId('break-switch').check();
  await page.getByText('learns nothing').waitFor({ timeout: 60_000 });
  expect(await verdict.textContent()).toMatch(
    /falls from \d\.\de[+-]\d+ to \d\.\de-\d+.*gradient is tiny everywhere, \d\.\de-1\d/,
  );
  await page.getByRole('button', { name: 'Check a block and the whole network' }).click();
  await page.getByTestId('check-result').waitFor({ timeout: 90_000 });
  expect(await page.getByTestId('check-result').textContent()).toMatch(/Pass:.*64 of 64.*1\.3 million/s);
  expect(errors).toEqual([]);
}, 240_000);
