import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The link in the search results that leads to this URL. */
async function search(page: Page, words: string) {
  if (!(await page.getByRole('dialog').isVisible())) await page.keyboard.press('/');
  const field = page.getByRole('searchbox', { name: 'Search docs and lessons' });
  await field.fill(words);
  return (address: string) => page.locator(`[data-testid="search-hits"] a[href^="${address}"]`).first();
}

test('the documentation lists all pages, keeps links inside the site and shows images', async () => {
  const { page, go, errors, strays } = await visit();
  await go('docs');
  const list = page.getByRole('navigation', { name: 'Documentation' });
  const files = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  );
  await list.getByRole('link').first().waitFor({ timeout: PATIENCE });
  const listed = await list
    .locator('a[href^="#/docs/"]')
    .evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  for (const file of files) {
    const name = file
      .replaceAll('\\', '/')
      .replace(/\.md$/, '')
      .replace(/^README$/, 'overview');
    expect(listed).toContain(`#/docs/${name}`);
  }

  const link = list.locator('a[href="#/docs/architecture"]');
  const title = (await link.textContent()) ?? '';
  expect(title).toMatch(/\S/);
  await link.click();
  const article = page.getByRole('article');
  await article.getByRole('heading', { name: title, level: 1 }).waitFor({ timeout: PATIENCE });
  expect(await page.title()).toBe(`${title} · feathergrad`);
  expect(await article.locator('.hljs-keyword').count()).toBeGreaterThan(10);
  await article.getByRole('link', { name: 'performance' }).first().click();
  await article.getByRole('heading', { name: 'Performance', level: 1 }).waitFor({ timeout: PATIENCE });
  expect(page.url()).toMatch(/#\/docs\/performance$/);

  await go('docs/augmentations');
  const picture = article.getByRole('img').first();
  await picture.waitFor({ timeout: PATIENCE });
  await expect
    .poll(() => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(100);

  // every link of every page leads to an existing page and heading
  const anchors = new Map<string, string[]>();
  const wanted: string[] = [];
  for (const address of listed) {
    await go((address ?? '').slice(2));
    await article.locator('h1').waitFor({ timeout: PATIENCE });
    const name = (address ?? '').replace(/\?.*/, '');
    anchors.set(name, await article.locator('[id]').evaluateAll((all) => all.map((one) => one.id)));
    wanted.push(
      ...(await article
        .locator('a[href^="#"]')
        .evaluateAll((links) => links.map((a) => a.getAttribute('href') ?? ''))),
    );
  }
  const broken = wanted.filter((href) => {
    const [target = '', query = ''] = href.split('?');
    const at = new URLSearchParams(query).get('at');
    return (
      target.startsWith('#/docs/') && !(at === null ? anchors.has(target) : anchors.get(target)?.includes(at))
    );
  });
  expect(broken).toEqual([]);

  await go('docs/no-such-page');
  await page.getByText('There is no page “no-such-page”').waitFor({ timeout: PATIENCE });
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 180_000);

test('one search finds a guide, an API name, a kernel and a lesson, and opens them', async () => {
  const { page, go, errors, strays } = await visit();
  await go('docs');
  await page.getByRole('article').waitFor({ timeout: PATIENCE });

  let hit = await search(page, 'DepthwiseConv2d');
  await hit('#/docs/api/feathergrad?at=depthwiseconv2d').waitFor({ timeout: PATIENCE });
  hit = await search(page, 'capture replay');
  await hit('#/docs/guides/capture-and-replay').waitFor({ timeout: PATIENCE });
  hit = await search(page, 'batch_norm_statistics');
  await hit('#/docs/kernels?at=batch_norm_statistics').waitFor({ timeout: PATIENCE });
  hit = await search(page, 'centre loss'); // the lesson has the American spelling
  await hit('#/lessons/center-loss').waitFor({ timeout: PATIENCE });
  for (const [words, address] of [
    ['hardswish', '#/lessons/hard-swish'],
    ['fine-tune', '#/train'],
    ['webcam', '#/recognize'],
    ['dropout', '#/train'],
  ] as const) {
    hit = await search(page, words);
    await hit(address).waitFor({ timeout: PATIENCE });
  }
  hit = await search(page, 'zzzqqq');
  await page.getByText('No results for “zzzqqq”').waitFor({ timeout: PATIENCE });

  hit = await search(page, 'depthwise separable');
  await hit('#/lessons/depthwise-separable').click();
  await page.waitForURL(/#\/lessons\/depthwise-separable/);
  expect(await page.getByRole('dialog').count()).toBe(0);

  // by keyboard, to a heading in the middle of a page
  hit = await search(page, 'SoftmaxCenterLoss');
  await hit('#/docs/api/feathergrad?at=softmaxcenterloss').waitFor({ timeout: PATIENCE });
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/docs\/api\/feathergrad\?at=softmaxcenterloss$/);
  const heading = page.getByRole('heading', { name: 'SoftmaxCenterLoss', exact: true });
  await expect
    .poll(async () => (await heading.boundingBox())?.y ?? Number.NaN, { timeout: PATIENCE })
    .toBeLessThan(200);
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 120_000);

test('on a phone a button opens the list, and the page does not scroll sideways', async () => {
  const { page, go, errors } = await visit({ context: { viewport: { width: 390, height: 844 } } });
  for (const name of ['performance', 'kernels', 'api/feathergrad']) {
    await go(`docs/${name}`);
    await page.locator('article h1').waitFor({ timeout: PATIENCE });
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
  }
  const list = page.getByRole('navigation', { name: 'Documentation' });
  expect(await list.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'All pages' }).click();
  await list.getByRole('link', { name: 'Kernels', exact: true }).click();
  await page.locator('article h1', { hasText: 'Kernels' }).waitFor({ timeout: PATIENCE });
  expect(await list.isVisible()).toBe(false);
  expect(errors).toEqual([]);
}, 90_000);
