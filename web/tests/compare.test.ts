import { expect, test } from 'vitest';
import { parseResult } from '../../bench/lib/result-format.ts';
import { PATIENCE, visit } from './site.ts';

test(
  'compares the network with ONNX Runtime Web, measures the device, and its kernels until stopped',
  async () => {
    const { page, go, strays, errors } = await visit({
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    await go('compare?side=32&batch=2&rounds=3&training=0&ort=1&jax=1');
    await page.getByRole('button', { name: 'Start' }).click();
    for (const library of ['feathergrad', 'jax', 'ort']) {
      const row = page.getByTestId(`inference-${library}`);
      await row.waitFor({ timeout: PATIENCE });
      expect(await row.textContent()).toMatch(library === 'feathergrad' ? /reference/ : /×.*agrees to/);
    }
    await page.getByTestId('flops').waitFor({ timeout: PATIENCE });
    await page.locator('.roofline circle').nth(2).waitFor({ timeout: PATIENCE });
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Copy result' }).click();
    await page.getByText('Copied').waitFor();
    const result = parseResult(await page.evaluate(() => navigator.clipboard.readText()));
    expect(result.rows.map(({ library }) => library)).toEqual([
      'feathergrad',
      'jax-js WebGPU',
      'ONNX Runtime Web WebGPU',
    ]);
    for (const row of result.rows.slice(1))
      expect(row).toMatchObject({ work: 'inference', batch: 2, side: 32, agrees: true });
    expect(result.kernels.length).toBeGreaterThan(2);

    await page.getByRole('button', { name: 'Tune for this GPU' }).click();
    await page.getByRole('button', { name: 'Stop tuning' }).waitFor();
    await page.getByText(/^Tuning … \w+ \d+x/).waitFor({ timeout: PATIENCE });
    await page.getByRole('button', { name: 'Stop tuning' }).click();
    await page.getByTestId('tuned').waitFor({ timeout: PATIENCE });
    expect(await page.getByRole('checkbox', { name: /tuned kernels/ }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Copy tuning table' }).click();
    await page.getByText('Copied').waitFor();
    const table = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(table).toMatchObject({
      format: 'feathergrad tuning 1',
      adapter: { subgroups: expect.any(Boolean) },
    });

    await page.reload(); // the URL contains the settings
    expect(await page.getByLabel('Input side').inputValue()).toBe('32');
    expect(await page.getByRole('checkbox', { name: /ONNX Runtime/ }).isChecked()).toBe(true);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
