import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeWeights } from '../../src/formats/weights-file.ts';
import { SHAPE_CLASSES as CLASSES, shapePicture as example, file, folder, freshWeights } from './files.ts';
import { PATIENCE, type Visit, visit } from './site.ts';

const verdict = (page: Page, text: string) =>
  page.getByTestId('verdict').filter({ hasText: text }).waitFor({ timeout: PATIENCE });

const count = (page: Page, name: string, text: string) =>
  page.getByTestId(`count-${name}`).filter({ hasText: text }).waitFor();

async function saved(page: Page, button: string): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

let visitor: Visit;

test(
  'three classes: rename, upload, delete and undo; HEIC is named',
  async () => {
    visitor = await visit();
    const { page, go } = visitor;
    await go('studio');
    for (const [i, name] of CLASSES.slice(0, 2).entries()) {
      const field = page.getByLabel(`Name of the class Class ${i + 1}`);
      await field.fill(name);
      await field.press('Enter');
      const files = await Promise.all(Array.from({ length: 8 }, (_, k) => example(name, k)));
      await page.getByTestId(`upload-${name}`).setInputFiles(files);
      await count(page, name, '8 pictures');
    }
    const offer = page.getByTestId('background');
    await offer.getByRole('button', { name: 'Add a background class' }).click();
    await page.getByLabel('Name of the class Nothing').waitFor();
    expect(await offer.textContent()).toContain('Fill the background class');
    await page.getByRole('button', { name: 'Delete the class Nothing' }).click();
    await offer.getByRole('button', { name: 'Add a background class' }).waitFor();
    const stripes = await Promise.all(Array.from({ length: 8 }, (_, k) => example('Stripes', k)));
    const tree = Object.fromEntries(stripes.map(({ name, buffer }) => [`Stripes/${name}`, buffer]));
    await page.getByTestId('folder-input').setInputFiles(await folder(tree)); // in place of Class 3
    await count(page, 'Stripes', '8 pictures');
    await page.getByRole('button', { name: 'Delete picture 3 of Disk' }).click();
    await count(page, 'Disk', '7 pictures');
    await page.getByTestId('undo').getByRole('button', { name: 'Undo' }).click();
    await count(page, 'Disk', '8 pictures');
    await page.getByRole('button', { name: 'Delete the class Cross' }).click();
    await page.getByTestId('undo').filter({ hasText: 'Deleted “Cross” with 8 pictures' }).waitFor();
    await page.getByTestId('undo').getByRole('button', { name: 'Undo' }).click();
    await count(page, 'Cross', '8 pictures');
    const names = await page
      .getByTestId('class-card')
      .evaluateAll((cards) => cards.map((card) => card.querySelector('input')?.value));
    expect(names).toEqual([...CLASSES]);

    await page
      .getByTestId('upload-Disk')
      .setInputFiles([
        file('phone.heic', Buffer.from('heic'), 'image/heic'),
        file('a.txt', Buffer.from('text')),
      ]);
    const problem = page.getByTestId('problem');
    await problem.filter({ hasText: 'phone.heic is a HEIC picture' }).waitFor();
    expect(await problem.textContent()).toContain('a.txt can’t be opened as a picture');
    await page
      .getByTestId('start-input')
      .setInputFiles(file('torn.safetensors', freshWeights().buffer.subarray(0, 5000)));
    await problem.filter({ hasText: 'torn.safetensors cannot be used' }).waitFor();
  },
  3 * PATIENCE,
);

test(
  'Quick learns the classes; the page recognizes while it trains, and a blank wall is "Not sure"',
  async () => {
    const { page } = visitor;
    await page.getByTestId('live-input').setInputFiles(await example('Disk', 20));
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page
      .getByTestId('run-state')
      .filter({ hasText: 'Part 2 of 2' })
      .waitFor({ timeout: 3 * PATIENCE });
    expect(await page.locator('.live .bars b').first().textContent()).toMatch(/%/);
    const outcome = page.getByTestId('outcome');
    await outcome.waitFor({ timeout: 3 * PATIENCE });
    expect(Number(/^[\d.]+/.exec((await outcome.textContent()) ?? '')?.[0])).toBeGreaterThan(50); // chance: 33
    await verdict(page, 'Disk');
    for (const name of ['Cross', 'Stripes'] as const) {
      await page.getByTestId('live-input').setInputFiles(await example(name, 21));
      await verdict(page, name);
    }
    const wall = sharp({ create: { width: 320, height: 240, channels: 3, background: '#c9c2b4' } });
    await page
      .getByTestId('live-input')
      .setInputFiles(file('wall.png', await wall.png().toBuffer(), 'image/png'));
    await verdict(page, 'Not sure');
  },
  6 * PATIENCE,
);

test(
  'after a reload the project is there; it is saved as weights, ONNX, a page and a file that is imported again',
  async () => {
    const { page, errors, strays } = visitor;
    await page.getByLabel('Project', { exact: true }).fill('My shapes');
    await page.getByLabel('Project', { exact: true }).press('Enter');
    await page.reload();
    await page.getByTestId('outcome').waitFor();
    expect(await page.getByLabel('Project', { exact: true }).inputValue()).toBe('My shapes');
    await count(page, 'Stripes', '8 pictures');

    const weights = await saved(page, 'Weights (safetensors)');
    expect(weights.name).toMatch(/^My-shapes-Disk-Cross-Stripes-\d{4}-\d\d-\d\d\.safetensors$/);
    const { metadata } = decodeWeights(await readFile(weights.path));
    expect(metadata).toMatchObject({
      classes: JSON.stringify(CLASSES),
      subject: 'anything',
      input_side: '48',
    });
    expect((await readFile((await saved(page, 'ONNX')).path)).length).toBeGreaterThan(1e6);
    const html = await readFile((await saved(page, 'Ready-made page')).path);
    expect(html.includes('<title>My shapes</title>')).toBe(true);
    const alone = await page.context().newPage();
    await alone.goto(pathToFileURL(join(await folder({ 'page.html': html }), 'page.html')).href);
    await alone.locator('#status').filter({ hasText: 'Ready' }).waitFor({ timeout: PATIENCE });
    await alone.locator('#file').setInputFiles(await example('Stripes', 22));
    await alone.locator('#verdict').filter({ hasText: 'Stripes' }).waitFor({ timeout: PATIENCE });
    await alone.close();

    await page.getByRole('button', { name: 'Projects', exact: true }).click();
    const rows = page.getByTestId('project-row');
    const exported = await saved(page, 'Export');
    await page.getByTestId('import-input').setInputFiles(exported.path);
    await expect.poll(() => page.getByLabel('Project', { exact: true }).inputValue()).toBe('My shapes 2');
    await count(page, 'Disk', '8 pictures');
    await page.getByTestId('live-input').setInputFiles(await example('Cross', 23));
    await verdict(page, 'Cross');

    await page.getByRole('button', { name: 'Projects', exact: true }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await rows.first().getByRole('button', { name: 'Delete' }).click();
    await page.getByTestId('undo').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Projects', exact: true }).click();
    await expect.poll(() => rows.count()).toBe(2);
    expect(errors).toEqual([]);
    expect(strays.filter((url) => !url.startsWith('file:'))).toEqual([]); // of the saved page
  },
  4 * PATIENCE,
);

test('a link carries settings and names what it expects', async () => {
  const { page, go } = visitor;
  await go('studio?name=Signs&class=Stop&class=Go&preset=careful&side=64&epochs=zero');
  const notice = page.getByTestId('from-link');
  await notice.filter({ hasText: 'Stop, Go' }).waitFor();
  expect(await notice.textContent()).toMatch(/no pictures.*epochs=zero/s);
  expect(await page.getByLabel('Project', { exact: true }).inputValue()).toBe('Signs');
  expect(await page.getByRole('radio', { name: 'Careful' }).isChecked()).toBe(true);
});
