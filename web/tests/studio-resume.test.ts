import { expect, test } from 'vitest';
import { SHAPE_CLASSES, shapePicture } from './files.ts';
import { PATIENCE, visit } from './site.ts';

test(
  'a training that ends with its tab is resumed from its last epoch',
  async () => {
    const { page, go, errors } = await visit();
    await go('studio');
    for (const [i, name] of SHAPE_CLASSES.slice(0, 2).entries()) {
      const files = await Promise.all(Array.from({ length: 6 }, (_, k) => shapePicture(name, k)));
      await page.getByTestId(`upload-Class ${i + 1}`).setInputFiles(files);
      await page
        .getByTestId(`count-Class ${i + 1}`)
        .filter({ hasText: '6 pictures' })
        .waitFor();
    }
    await page.getByRole('button', { name: 'Delete the class Class 3' }).click();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const state = page.getByTestId('run-state');
    await state.filter({ hasText: 'Part 2 of 2' }).waitFor({ timeout: 3 * PATIENCE });
    const checkpoint = () =>
      page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const opening = indexedDB.open('feathergrad-studio');
            opening.onsuccess = () => {
              const all = opening.result.transaction('runs').objectStore('runs').getAll();
              all.onsuccess = () => {
                opening.result.close();
                resolve(all.result[0]?.step ?? 0);
              };
            };
          }),
      );
    await expect.poll(checkpoint, { timeout: PATIENCE }).toBeGreaterThan(0);
    page.once('dialog', (dialog) => dialog.accept()); // the question whether to leave
    await page.reload();
    const offer = page.getByTestId('interrupted');
    await offer.filter({ hasText: 'It resumes exactly after its last stored epoch' }).waitFor();
    const done = Number(/(\d+) of at most/.exec((await offer.textContent()) ?? '')?.[1]);
    expect(done).toBeGreaterThan(0);
    await offer.getByRole('button', { name: 'Resume' }).click();
    await state.filter({ hasText: /step \d+ of at most/ }).waitFor({ timeout: PATIENCE });
    const step = async () => Number(/step (\d+) of/.exec((await state.textContent()) ?? '')?.[1]);
    expect(await step()).toBeGreaterThanOrEqual(done);
    await expect.poll(step, { timeout: PATIENCE }).toBeGreaterThan(done);
    await state.filter({ hasText: 'Finished' }).waitFor({ timeout: 3 * PATIENCE });
    await page.getByTestId('outcome').waitFor();
    await expect.poll(checkpoint).toBe(0);
    expect(errors).toEqual([]);
  },
  6 * PATIENCE,
);
