import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseResult } from '../../bench/lib/result-format.ts';
import { pack } from '../src/lib/packed.ts';
import { PATIENCE, visit } from './site.ts';

const folder = new URL('../../docs/results/', import.meta.url);
const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.json'));

test(
  'draws the results of other devices, and an opened file beside them',
  async () => {
    const { page, go, strays, errors } = await visit();
    await go('compare');
    const table = page.getByTestId('results');
    await table.waitFor({ timeout: PATIENCE });
    const result = parseResult(readFileSync(new URL(name, folder), 'utf8'));
    expect(await table.textContent()).toContain(result.adapter.name);

    const mine = { ...result, adapter: { ...result.adapter, name: 'My device' } };
    const file = page.getByLabel('Add a result file');
    await file.setInputFiles({
      name: 'mine.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(mine)),
    });
    await table.getByText('My device').first().waitFor();
    await page.getByRole('combobox', { name: 'Work' }).selectOption({ index: 1 });
    expect(await table.locator('caption').textContent()).toMatch(/batch/);

    const wrong = JSON.stringify({ ...mine, notes: 5 });
    await file.setInputFiles({
      name: 'wrong.json',
      mimeType: 'application/json',
      buffer: Buffer.from(wrong),
    });
    expect(await page.getByTestId('result-problem').textContent()).toContain('notes: must be a text (got 5)');
    // a link contains a result, which is checked like a file
    const theirs = { ...result, adapter: { ...result.adapter, name: 'Their <b>device</b>' }, kernels: [] };
    await go(`compare?side=32&result=${await pack(theirs)}`);
    const linked = page.getByTestId('linked');
    await linked.filter({ hasText: 'The link contains a result of Their <b>device</b>' }).waitFor();
    await table.getByText('Their <b>device</b>').first().waitFor();
    await expect.poll(() => new URL(page.url()).hash).toBe('#/compare?side=32');
    for (const [data, reason] of [
      [await pack({ ...theirs, notes: 5 }), 'notes: must be a text (got 5)'],
      [(await pack(theirs)).slice(0, 40), 'The link does not contain a complete result'],
      ['%22', 'The link does not contain a complete result'],
    ] as const) {
      await go(`compare?result=${data}`);
      await page.getByTestId('result-problem').filter({ hasText: reason }).waitFor();
    }
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  2 * PATIENCE,
);
