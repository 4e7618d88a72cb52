import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { PATIENCE, visit } from './site.ts';

const link = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });

test('unknown pages are a 404, old names lead on, and header links keep the settings of a page', async () => {
  const { page, go, errors, strays } = await visit();
  await go('no-such-page/at/all?x=1');
  await page.getByTestId('not-found').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Page not found');
  expect(await page.title()).toBe('Page not found · feathergrad');
  await go('recognise?x=1');
  await page.waitForURL(/#\/recognize\?x=1$/);

  await go('train?epochs=77&side=32');
  await page.getByLabel('Epochs').waitFor();
  await page.getByLabel('Batch size', { exact: true }).fill('6');
  await link(page, 'Docs').click();
  await page.getByRole('article').waitFor();
  expect(await page.locator('meta[name="description"]').getAttribute('content')).toMatch(/feathergrad/);
  await link(page, 'Train').click();
  expect(await page.getByLabel('Epochs').inputValue()).toBe('77');
  expect(await page.getByLabel('Batch size', { exact: true }).inputValue()).toBe('6');
  expect(page.url()).toMatch(/epochs=77/);
  await link(page, 'Train').click(); // on the page itself, too
  expect(await page.getByLabel('Epochs').inputValue()).toBe('77');
  expect(errors).toEqual([]);
  expect(strays).toEqual([]);
}, 60_000);

test('Back and reload restore the scroll position, and new pages start at the top', async () => {
  const { page, go } = await visit();
  const y = () => page.evaluate(() => Math.round(scrollY));
  await go('docs/kernels');
  const article = page.getByRole('article');
  await article.waitFor();
  await page.evaluate(() => scrollTo(0, 3000));
  await expect.poll(y).toBe(3000);
  await page.waitForTimeout(100); // the scroll event comes with the next frame
  await page.evaluate(() => {
    location.hash = '#/docs/architecture';
  });
  await article.getByRole('heading', { level: 1, name: 'Architecture' }).waitFor();
  expect(await y()).toBe(0);
  await page.goBack();
  await article.getByRole('heading', { level: 1, name: 'Kernels' }).waitFor();
  await expect.poll(y).toBe(3000);
  await page.reload();
  await article.waitFor();
  await expect.poll(y).toBe(3000);
  await page.evaluate(() => {
    const last = [...document.querySelectorAll('article h2')].at(-1);
    location.hash = `#/docs/kernels?at=${last?.id}`;
  });
  await expect.poll(y).toBeGreaterThan(4000);
}, 60_000);

test('files that are dropped beside a drop zone do not replace the app', async () => {
  const { page, go } = await visit({ webgpu: false });
  await go('docs');
  await page.getByRole('article').waitFor();
  const drop = (selector: string) =>
    page.evaluate((selector) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.txt'));
      return ['dragover', 'drop'].map((name) => {
        const event = new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector(selector)?.dispatchEvent(event);
        return event.defaultPrevented;
      });
    }, selector);
  expect(await drop('article')).toEqual([true, true]);
  expect(await drop('.header')).toEqual([true, true]);
  const text = await page.evaluate(() => {
    const event = new DragEvent('drop', {
      dataTransfer: new DataTransfer(),
      bubbles: true,
      cancelable: true,
    });
    document.body.dispatchEvent(event);
    return event.defaultPrevented;
  });
  expect(text).toBe(false); // dragged text may be dropped into a field
}, 60_000);

test('a page that could not be loaded is loaded by a button', async () => {
  const { page, go } = await visit({ webgpu: false });
  await go('docs');
  await page.getByRole('article').waitFor();
  await page.route(/lessons-view.*\.js/, (route) => route.abort());
  await link(page, 'Lessons').click();
  const problem = page.getByTestId('load-problem');
  await problem.waitFor();
  await page.unroute(/lessons-view.*\.js/);
  await problem.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await problem.count()).toBe(0);
}, 60_000);

test('a camera that is allowed after the page was left is turned off', async () => {
  const { page, go } = await visit({ webgpu: false });
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    const granted = window as unknown as { grant: () => void; stream: MediaStream };
    mediaDevices.getUserMedia = async () => {
      await new Promise<void>((grant) => {
        granted.grant = grant;
      });
      const canvas = document.createElement('canvas');
      canvas.getContext('2d');
      granted.stream = canvas.captureStream();
      return granted.stream;
    };
  });
  await go('recognize');
  await page.getByRole('button', { name: 'Turn camera on' }).click();
  await link(page, 'Docs').click();
  await page.getByRole('article').waitFor();
  await page.evaluate(() => (window as unknown as { grant: () => void }).grant());
  const state = () =>
    page.evaluate(
      () => (window as unknown as { stream?: MediaStream }).stream?.getVideoTracks()[0]?.readyState,
    );
  await expect.poll(state).toBe('ended');
}, 60_000);

test(
  'a second tab neither offers nor starts a training while the first trains; title and icon show the progress',
  async () => {
    const { page, go, errors } = await visit();
    const run = 'train?batch=4&side=32&pictures=48&epochs=200&seed=5';
    await go(run);
    await page.getByRole('button', { name: 'Start' }).click();
    await expect
      .poll(() => page.title(), { timeout: PATIENCE })
      .toMatch(/^\d+ % trained · Train · feathergrad$/);
    expect(await page.locator('link[rel="icon"]').getAttribute('href')).toMatch(/^blob:/);
    const isAsked = () =>
      page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
    expect(await isAsked()).toBe(true);
    // the fields cannot be changed by an address either
    await go('train?epochs=3');
    await page.waitForURL(/epochs=200/);

    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByTestId('elsewhere').waitFor({ timeout: PATIENCE });
    expect(await second.getByTestId('unfinished').count()).toBe(0);
    await second.getByRole('button', { name: 'Start' }).click();
    await second.getByTestId('problem').filter({ hasText: 'Another tab' }).waitFor();

    await page.getByRole('button', { name: 'Stop' }).click();
    await second.getByTestId('elsewhere').waitFor({ state: 'detached', timeout: PATIENCE });
    await second.getByTestId('unfinished').waitFor({ timeout: PATIENCE });
    await expect.poll(() => page.title()).toBe('Train · feathergrad');
    expect(await isAsked()).toBe(false);
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);
