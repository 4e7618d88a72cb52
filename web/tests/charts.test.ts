import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

test(
  'charts read out the cursor, have a log scale, smoothing and a table, and show the last run behind the next',
  async () => {
    const { page, go, errors } = await visit();
    await go('train?batch=4&side=32&pictures=24&epochs=3&valid=0.2&seed=5');
    const start = page.getByRole('button', { name: /^Start/ });
    const finished = page.getByTestId('state').filter({ hasText: 'Finished' });
    await start.click();
    await finished.waitFor({ timeout: PATIENCE });
    const charts = page.locator('.chart');
    const legend = charts.first().locator('.legend');
    expect(await legend.textContent()).toMatch(/^step 18, latestloss\d.*validation\d/);

    await charts
      .first()
      .locator('.plot .u-over')
      .hover({ position: { x: 2, y: 60 } });
    await expect.poll(() => legend.textContent()).toMatch(/^step 1loss\d/);
    // the cursors of both charts move together
    expect(await charts.nth(1).locator('.legend').textContent()).toMatch(/^step 1batches\d/);
    await page.mouse.move(0, 0);
    await expect.poll(() => legend.textContent()).toMatch(/latest/);

    const values = async () => (await charts.locator('.legend').allTextContents()).join();
    const smooth = await values();
    await page.getByRole('slider', { name: 'Smoothing' }).fill('0');
    await expect.poll(values).not.toBe(smooth);
    await page.getByLabel('Logarithmic loss').check();

    await charts.first().getByText('Data table').click();
    const table = page.getByRole('table', { name: 'Loss by step' });
    await expect.poll(() => table.getByRole('row').count()).toBe(19);
    expect(await table.getByRole('row').nth(6).textContent()).toMatch(/^6\d\.\d+\d\.\d+$/); // with a validation loss

    expect(await legend.textContent()).not.toMatch(/last run/);
    await start.click();
    await legend.filter({ hasText: 'last run' }).waitFor({ timeout: PATIENCE });
    await page.getByLabel('Last run').uncheck();
    await legend.filter({ hasText: 'last run' }).waitFor({ state: 'detached' });
    await finished.waitFor({ timeout: PATIENCE });
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
