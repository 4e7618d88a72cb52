import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

test(
  'docs and lessons work offline after one visit, and the app can be installed',
  async () => {
    const { page, go, errors, strays } = await visit({ webgpu: false });
    await page.addInitScript(() => {
      // automated browsers get no service worker otherwise
      Object.defineProperty(navigator, 'webdriver', { get: () => false });
    });
    await go('');
    const manifest = await page.evaluate(async () => {
      const href = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')?.href ?? '';
      const { name, icons } = await (await fetch(href)).json();
      const sizes = await Promise.all(
        icons.map(async ({ src }: { src: string }) => (await fetch(new URL(src, href))).status),
      );
      return { name, sizes };
    });
    expect(manifest).toEqual({ name: 'feathergrad', sizes: [200, 200, 200, 200] });
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active?.state !== 'activated') await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await page.context().setOffline(true);
    await page.reload();
    await page.locator('.landing').waitFor({ timeout: PATIENCE });
    await go('lessons/hard-swish');
    await page.getByRole('heading', { level: 1 }).waitFor({ timeout: PATIENCE });
    await go('docs/architecture');
    await page.getByRole('heading', { level: 1, name: 'Architecture' }).waitFor({ timeout: PATIENCE });
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill('hardswish');
    await page.locator('[data-testid="search-hits"] a[href="#/lessons/hard-swish"]').first().waitFor();
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  2 * PATIENCE,
);

test('automated browsers get no service worker, so that tests see the files of their build', async () => {
  const { page, go } = await visit({ webgpu: false });
  await go('docs');
  await page.getByRole('article').waitFor();
  await page.waitForTimeout(5000);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
}, 60_000);

test('a new version is offered, takes over when the reader accepts it, and can be postponed', async () => {
  const { page, go, errors } = await visit({ webgpu: false });
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'webdriver', { get: () => false });
    // a registration whose new worker is waiting
    const waiting = {
      scriptURL: new URL('sw.js', document.baseURI).href,
      state: 'installed',
      addEventListener() {},
      postMessage: (data: unknown) => void Object.assign(window, { posted: data }),
    };
    const registration = { waiting, installing: null, active: null, addEventListener() {} };
    navigator.serviceWorker.register = async () => registration as unknown as ServiceWorkerRegistration;
  });
  const offer = page.getByTestId('update');
  await go('docs');
  await offer.filter({ hasText: 'A new version of this app is ready' }).waitFor({ timeout: PATIENCE });
  await offer.getByRole('button', { name: 'Later' }).click();
  expect(await offer.count()).toBe(0);
  expect(await page.evaluate(() => Reflect.get(window, 'posted'))).toBeUndefined();
  await page.reload();
  await offer.getByRole('button', { name: 'Reload' }).click({ timeout: PATIENCE });
  expect(await page.evaluate(() => Reflect.get(window, 'posted'))).toEqual({ type: 'SKIP_WAITING' });
  expect(errors).toEqual([]);
}, 60_000);
