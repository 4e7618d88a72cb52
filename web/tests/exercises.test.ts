import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

test(
  'an exercise: the editor is loaded on demand, shows compile errors at their line, and knows when it is solved',
  async () => {
    const { page, go, strays, errors } = await visit();
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (response.ok() && /\.(js|css)$/.test(new URL(response.url()).pathname))
        sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await go('lessons/hard-swish');
    const exercise = page.getByTestId('exercise-slope');
    await exercise.locator('summary').first().click();
    await page
      .getByTestId('solved-count')
      .filter({ hasText: '0 of 3 solved' })
      .waitFor({ timeout: PATIENCE });
    await page.waitForLoadState('networkidle');
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes, 'code of a lesson, gzipped').toBeLessThan(200_000);

    await exercise.getByRole('button', { name: 'Open the editor' }).click();
    const editor = page.getByRole('textbox', { name: 'Write the slope of hard-swish: WGSL' });
    await editor.waitFor();
    const outcome = page.getByTestId('outcome-slope');
    const run = exercise.getByRole('button', { name: 'Run the tests' });
    await run.click();
    await outcome.filter({ hasText: 'Fail, values: ' }).waitFor({ timeout: PATIENCE });
    expect(await outcome.textContent()).toMatch(/At x = −1000000: got 1, expected 0\./);
    expect(await outcome.textContent()).toContain('Fail, gradient check');

    // a syntax error: its line is named and marked
    await editor.press('Control+Home');
    await editor.pressSequentially('fn broken( {\n');
    await editor.press('Control+Enter');
    await outcome.filter({ hasText: /^Line 1, column \d+: / }).waitFor({ timeout: PATIENCE });
    expect(await page.locator('.cm-error').first().textContent()).toContain('fn broken(');

    await exercise.getByText('A solution').click();
    await exercise.getByRole('button', { name: 'Copy it into the editor' }).click();
    await run.click();
    await outcome.filter({ hasText: 'Solved.' }).waitFor({ timeout: PATIENCE });
    await page.getByTestId('solved-count').filter({ hasText: '1 of 3 solved' }).waitFor();
    await exercise.getByRole('button', { name: 'Compare the speed' }).click();
    await outcome
      .filter({ hasText: /your kernel [\d.,]+ ms, feathergrad’s [\d.,]+ ms/ })
      .waitFor({ timeout: PATIENCE });

    // the code and what is solved are kept
    await page.reload();
    await page
      .getByTestId('solved-count')
      .filter({ hasText: '1 of 3 solved' })
      .waitFor({ timeout: PATIENCE });
    await exercise.locator('summary').first().click();
    await exercise.getByRole('button', { name: 'Open the editor' }).click();
    await editor.filter({ hasText: 'x / 3.0 + 0.5' }).waitFor();
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
