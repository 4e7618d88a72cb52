import { expect, test } from 'vitest';
import { PATIENCE, type Visit, visit } from './site.ts';

/** Returns the text of the element with a test id, once it matches. */
async function textOf({ page }: Visit, testId: string, wanted: RegExp): Promise<string> {
  const found = page.getByTestId(testId).filter({ hasText: wanted });
  await found.waitFor({ timeout: PATIENCE });
  return (await found.textContent()) ?? '';
}

async function runCheck(visitor: Visit): Promise<string> {
  await visitor.page.getByTestId('check').getByRole('button').click();
  return textOf(visitor, 'check-result', /\w/);
}

test(
  'the course lists its lessons; depthwise separable lights up taps, measures, and learns only with its pointwise half',
  async () => {
    const visitor = await visit();
    const { page, go, strays, errors } = visitor;
    await go('lessons');
    await page.getByTestId('card-depthwise-separable').click();
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'depthwise separable' }).waitFor();

    // 3 x 3 pixels of all four channels, of one, one pixel of all four; at the corner fewer
    await textOf(visitor, 'taps', /^36$/);
    await page.getByText('depthwise', { exact: true }).first().click();
    await textOf(visitor, 'taps', /^9$/);
    const output = page.getByTestId('output-maps');
    await output.focus();
    for (let i = 0; i < 9; i++) {
      await output.press('ArrowLeft');
      await output.press('ArrowUp');
    }
    await textOf(visitor, 'taps', /^4$/);
    await page.getByText('pointwise', { exact: true }).first().click();
    await textOf(visitor, 'taps', /^4$/);
    for (const row of ['dense', 'depthwise', 'pointwise', 'separable']) {
      expect(Number.parseFloat(await textOf(visitor, `time-${row}`, /ms$/))).toBeGreaterThan(0);
    }
    expect(await textOf(visitor, 'verdict', /on this device/)).toMatch(
      /7\.02× fewer MACs .* on this device\. That is (more|less) than the count|about what/,
    );
    expect(await runCheck(visitor)).toMatch(/^Pass:/);

    const loss = async (verdict: RegExp) => {
      await page.getByTestId('break-it').getByText(verdict).waitFor({ timeout: PATIENCE });
      return Number(await page.getByTestId('mixing-loss').textContent());
    };
    const whole = await loss(/are sufficient/);
    await page.getByTestId('break-switch').click();
    const alone = await loss(/It gets stuck/);
    expect(alone).toBeGreaterThan(5 * whole);
    await page.waitForURL(/kind=pointwise.*broken=1/); // the link contains all of it
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'hard-swish reads off its values, differs in its check exactly at the kinks, and explodes without its clamp',
  async () => {
    const visitor = await visit();
    const { page, go, strays, errors } = visitor;
    await go('lessons/hard-swish?x=1');
    expect(await textOf(visitor, 'value-hard-swish', /\d/)).toBe('0.6667'); // 1 (1 + 3) / 6
    expect(await textOf(visitor, 'value-swish', /\d/)).toBe('0.7311');
    await page.getByTestId('x').fill('-3');
    await textOf(visitor, 'value-hard-swish', /^−?0\.0000$/);
    await page.waitForURL(/x=-3/);
    expect(await textOf(visitor, 'shares', /four drawn faces/)).toMatch(/[1-9][\d.]* % lie on the bend/);

    const verdict = await runCheck(visitor);
    expect(verdict).toMatch(/^Pass: 15 of 17 slopes agree\. The other two differ, as they should/);
    expect(verdict).toMatch(/x = −3 \(kernel 0, central difference −0\.2[45]/);
    expect(verdict).toMatch(/x = 3 \(kernel 1, central difference 1\.2[45]/);

    await textOf(visitor, 'depth', /values have size/);
    await page.getByTestId('break-switch').click();
    await textOf(visitor, 'depth', /exceed the range of f32/);
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  2 * PATIENCE,
);

test(
  'how a GPU adds: three ways differ in their bits; that of feathergrad is reproducible, the order of arrival is not',
  async () => {
    const visitor = await visit();
    const { page, go, strays, errors } = visitor;
    await go('lessons/how-a-gpu-adds?power=14&numbers=wide');
    await textOf(visitor, 'race', /Compared with one thread/);
    const bits = async () =>
      Promise.all(['naive', 'chunks', 'tree'].map((way) => textOf(visitor, `bits-${way}`, /^[\da-f]{8}$/)));
    const first = await bits();
    expect(new Set(first).size).toBeGreaterThan(1);
    await page.getByRole('button', { name: 'Shuffle the numbers' }).click();
    await textOf(visitor, 'race', /Racing/);
    await textOf(visitor, 'race', /Compared with one thread/);
    expect(await bits()).not.toEqual(first);

    expect(await runCheck(visitor)).toMatch(/^Pass:/);

    const ours = await textOf(visitor, 'repeat', /by feathergrad’s two dispatches: the same bits every time/);
    await page.getByTestId('break-switch').click();
    const arrived = await textOf(visitor, 'repeat', /in order of arrival/);
    const range = (text: string) => text.match(/from (\S+) to/)?.[1];
    expect(range(arrived)).not.toBe(range(ours));
    expect(strays).toEqual([]);
    expect(errors).toEqual([]);
  },
  2 * PATIENCE,
);

test('without a GPU a lesson can still be read', async () => {
  const { page, go, errors } = await visit({ webgpu: false });
  await go('lessons/hard-swish');
  await page.getByTestId('no-gpu').first().waitFor();
  expect(await page.getByTestId('kernel').textContent()).toContain('fn hardSwishGradient');
  expect(await page.getByTestId('interactive').textContent()).toContain('Drag x across them');
  expect(await page.getByTestId('questions').locator('details').count()).toBe(3);
  await go('lessons/no-such-lesson');
  await page.getByTestId('problem').filter({ hasText: 'There is no lesson “no-such-lesson”' }).waitFor();
  expect(errors).toEqual([]);
});
