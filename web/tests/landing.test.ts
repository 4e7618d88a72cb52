import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

/** Largest first load of a page in bytes: everything that is transferred, with text compressed by gzip. */
const LIMITS: readonly [place: string, ready: string, limit: number][] = [
  ['', '.landing .prose', 200_000],
  ['docs', 'article h1', 150_000],
  ['docs/performance', 'article h1', 150_000],
  ['lessons', 'h1', 150_000],
  ['lessons/hard-swish', 'article h1', 201_500],
  ['train', 'h1', 350_000],
  ['compare', 'h1', 200_000],
];

/** Sizes of the files that a visit transfers until the page is shown and idle. */
async function transferred(page: Page, go: (place: string) => Promise<void>, place: string, ready: string) {
  const sizes = new Map<string, number>();
  const pending: Promise<void>[] = [];
  page.on('response', (response) => {
    const url = response.url();
    if (url.startsWith('blob:')) return;
    pending.push(
      response
        .body()
        .then(async (body) => void sizes.set(url, gzipped(url, body)))
        .catch(() => {}),
    );
  });
  await go(place);
  await page.locator(ready).first().waitFor({ timeout: PATIENCE });
  await page.waitForLoadState('networkidle');
  await Promise.all(pending);
  return sizes;
}

/** Size as a host sends it: text is compressed, fonts and images are compressed already. */
function gzipped(url: string, body: Buffer): number {
  return /\.(js|css|svg|html|json|webmanifest)$|\/$/.test(url.split(/[?#]/)[0] as string)
    ? gzipSync(body).length
    : body.length;
}

test.each(LIMITS)(
  'the first load of #/%s stays under its limit',
  async (place, ready, limit) => {
    // without WebGPU; on a GPU the landing page loads the library once it is shown and idle
    const { page, go } = await visit({ webgpu: false });
    const sizes = await transferred(page, go, place, ready);
    const sum = [...sizes.values()].reduce((a, b) => a + b, 0);
    const list = [...sizes]
      .sort((a, b) => b[1] - a[1])
      .map(([url, size]) => `${size} ${url.split('/').at(-1)}`);
    console.log(`#/${place}: ${sum} bytes in ${sizes.size} files; ${list.slice(0, 4).join(', ')}`);
    expect(sum, list.join('\n')).toBeLessThan(limit);
  },
  60_000,
);

test('the landing page has three doors, measurements and code, and a recording without WebGPU', async () => {
  const { page, go, errors, strays } = await visit({ webgpu: false });
  await go('');
  const live = page.getByTestId('live-faces');
  await live.waitFor();
  await expect.poll(() => live.getAttribute('data-state')).toBe('recorded');
  expect(await live.textContent()).toMatch(/no WebGPU/);
  const picture = live.getByRole('img');
  await expect
    .poll(() => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(500);
  expect(await page.locator('.door').count()).toBe(3);
  for (const href of await page
    .locator('.door')
    .evaluateAll((doors) => doors.map((a) => a.getAttribute('href')))) {
    await go((href ?? '').slice(2));
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await page.getByTestId('not-found').count()).toBe(0);
  }
  await go('');
  expect(await page.getByRole('table').first().textContent()).toMatch(/SwiftShader/);
  expect(await page.locator('.landing code').allTextContents()).toContainEqual(
    expect.stringContaining('FerMobileNetV3.pretrained()'),
  );
  expect(await page.title()).toBe('Networks that train in your browser · feathergrad');
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 60_000);

test(
  'the live canvas trains on request, pauses out of sight, and ends with the page',
  async () => {
    const { page, go, errors, strays } = await visit();
    await go('');
    const live = page.getByTestId('live-faces');
    await live.filter({ hasText: 'WebGPU runs on the CPU' }).waitFor({ timeout: PATIENCE });
    await live.getByRole('button', { name: 'Train it here' }).click();
    const state = (name: string) =>
      expect.poll(() => live.getAttribute('data-state'), { timeout: PATIENCE }).toBe(name);
    await state('running');
    await live.filter({ hasText: /step [2-9].* of 24 faces/ }).waitFor({ timeout: PATIENCE });
    await page.setViewportSize({ width: 1280, height: 400 });
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await state('paused');
    await page.evaluate(() => scrollTo(0, 0));
    await state('running');
    await live.getByRole('button', { name: 'Pause' }).click();
    await state('paused');
    const workers = () => page.workers().length;
    expect(workers()).toBe(1);
    await go('docs');
    await expect.poll(workers, { timeout: PATIENCE }).toBe(0);
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);
