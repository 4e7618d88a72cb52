import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeProgram } from '../src/playground/share.ts';
import { PATIENCE, visit } from './site.ts';

const face = fileURLToPath(new URL('../../examples/face.png', import.meta.url));

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

test(
  'after one visit, recognition and programs of the playground run offline, the latter still without an origin',
  async () => {
    const { page, go, errors } = await visit();
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'webdriver', { get: () => false });
    });
    const recognizes = async () => {
      await go('recognize');
      await page.getByTestId('weights-from').filter({ hasText: 'built-in (FER+)' }).waitFor();
      await page.getByTestId('picture-input').setInputFiles(face);
      await page.getByTestId('answer').filter({ hasNotText: 'Waiting for a picture' }).waitFor();
    };
    await recognizes(); // its worker may load the weights before there is a service worker
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active?.state !== 'activated') await new Promise((resolve) => setTimeout(resolve, 50));
      const hasWeights = async () => {
        const kept = await (await caches.open('feathergrad-used-files')).keys();
        return kept.some(({ url }) => /fer-mobilenetv3-ferplus.*safetensors$/.test(url));
      };
      while (!(await hasWeights())) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await page.context().setOffline(true);
    await page.reload();
    await recognizes();
    const program = `import { createDevice, tensor } from 'feathergrad';
const device = await createDevice();
console.log((await tensor(device, [3, 4]).data()).join(' and '));
console.log('origin', origin);
try { localStorage; } catch (error) { console.log(error.name); }
try { await fetch('/'); } catch (error) { console.log('no requests'); }`;
    await go(`playground?code=${await encodeProgram({ code: program, wgsl: '' })}`);
    await page.getByRole('textbox', { name: 'Program: TypeScript' }).filter({ hasText: 'origin' }).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByTestId('status').filter({ hasText: 'Finished in' }).waitFor();
    const output = (await page.getByTestId('output').textContent()) ?? '';
    for (const text of ['3 and 4', 'origin null', 'SecurityError', 'no requests'])
      expect(output).toContain(text);
    expect(await page.locator('iframe[sandbox]').count()).toBe(0);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
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
