import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright';
import { expect, test } from 'vitest';
import { decodeWeights } from '../../src/formats/weights-file.ts';
import { PATIENCE, type Visit, visit } from './site.ts';

const SET_UP = 'train?data=drawn&batch=4&side=32&pictures=48&epochs=200&lr=0.05&valid=0.2&lambda=0.5&seed=5';

const stepOf = async (page: Page) =>
  Number((await page.getByTestId('step').textContent())?.replace(/\D.*$/, '') ?? 0);
const lossOf = async (page: Page) => Number((await page.getByTestId('loss').textContent()) ?? Number.NaN);

async function reach(page: Page, step: number): Promise<void> {
  await expect.poll(() => stepOf(page), { timeout: PATIENCE, interval: 100 }).toBeGreaterThanOrEqual(step);
}

const state = (page: Page, text: string) =>
  page.getByTestId('state').filter({ hasText: text }).waitFor({ timeout: PATIENCE });

/** Whether a canvas has more than one color. */
const isDrawn = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      );
      const words = new Uint32Array(data.buffer);
      return words.some((word) => word !== words[0]);
    });

/**
 * Durations above 50 ms of the page's tasks, in CPU time: a software GPU uses every core, so wall-clock time would
 * include waiting.
 */
function longTasks(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => /RunTask$/.test(name) && main.has(`${pid}/${tid}`),
  );
  expect(tasks.length).toBeGreaterThan(100);
  return tasks.map(({ tdur = 0 }) => tdur / 1000).filter((ms) => ms > 50);
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** microseconds of CPU time */
  tdur?: number;
  args?: { name?: string };
}

let visitor: Visit;

test(
  'trains on drawn faces: sheet, figures, charts, faces, matrix, scatter plot, and a page without long tasks',
  async () => {
    visitor = await visit();
    const { page, go } = visitor;
    await go(SET_UP);
    await expect.poll(() => page.locator('.sheet canvas').count(), { timeout: PATIENCE }).toBe(80);
    expect(await isDrawn(page, '.sheet canvas')).toBe(true);

    const browser = page.context().browser() as Browser;
    await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
    await page.getByRole('button', { name: 'Start' }).click();
    await state(page, 'Training');
    await reach(page, 2);
    await reach(page, 16); // the first epoch has 12 steps
    expect(longTasks(await browser.stopTracing())).toEqual([]);
    const loss = await lossOf(page); // starts at ln 8 = 2.08
    expect(loss).toBeGreaterThan(0.5);
    expect(loss).toBeLessThan(3);
    await page
      .locator('.figures')
      .filter({ hasText: /Best accuracy\d+\.\d %/ })
      .waitFor();
    for (const canvas of ['.plot canvas', '.face canvas', '.attention canvas', '.scatter']) {
      expect(await isDrawn(page, canvas), canvas).toBe(true);
    }
    const layers = page.getByText('Weights and gradients');
    await layers.click();
    // without a pause they are measured after the next step
    await expect
      .poll(() => page.locator('.histogram svg').count(), { timeout: PATIENCE })
      .toBeGreaterThan(30);
    await layers.click();
    const rows = await page.locator('.confusion tbody tr').allTextContents();
    expect(rows.length).toBe(8);
    expect(rows[0]).toMatch(/^Surprise/);
  },
  3 * PATIENCE,
);

test(
  'tunes the kernels for the chosen settings, and trains with them',
  async () => {
    const { page, go, errors } = await visit();
    await go('train?data=drawn&batch=2&side=32&pictures=16&epochs=1&valid=0.25&model=lenet');
    await page.getByRole('button', { name: 'Tune for this GPU' }).click();
    await state(page, 'Tuning, 0 %: ');
    expect(await page.getByRole('button', { name: 'Start' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Stop tuning' }).click();
    await page.getByTestId('tuned').filter({ hasText: 'not measured yet' }).waitFor();
    await page.getByRole('button', { name: 'Continue tuning' }).waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await reach(page, 6);
    expect(errors).toEqual([]);
    await page.close();
  },
  2 * PATIENCE,
);

test(
  'pauses, does one step, and resumes after a reload',
  async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: 'Pause' }).click();
    await state(page, 'Paused');
    const paused = await stepOf(page);
    await page.waitForTimeout(400);
    expect(await stepOf(page)).toBe(paused);
    await page.getByRole('button', { name: 'One step' }).click();
    await expect.poll(() => stepOf(page), { timeout: PATIENCE }).toBe(paused + 1);
    await page.waitForTimeout(300);
    expect(await stepOf(page)).toBe(paused + 1);

    await page.reload();
    const offer = page.getByTestId('unfinished');
    await offer.waitFor();
    const done = Number(/(\d+) of/.exec((await offer.textContent()) ?? '')?.[1]);
    expect(done).toBeGreaterThanOrEqual(paused);
    await offer.getByRole('button', { name: 'Resume' }).click();
    await reach(page, done + 2);
    expect(await isDrawn(page, '.plot canvas')).toBe(true);
  },
  3 * PATIENCE,
);

test(
  'weights are downloaded as safetensors and ONNX, and loaded again',
  async () => {
    const { page } = visitor;
    const save = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      return download.path();
    };
    const path = await save('safetensors');
    const file = decodeWeights(await readFile(path));
    expect(file.metadata).toMatchObject({ variant: 'paper', input_side: '32', data: 'drawn' });
    expect(file.state.get('features.0.0.weight')?.shape).toEqual([16, 3, 3, 3]);
    expect((await readFile(await save('ONNX'))).includes('FER-MobileNetV3')).toBe(true);

    await page.getByRole('button', { name: 'Stop' }).click();
    await state(page, 'Stopped');
    await page.getByTestId('weights-input').setInputFiles({
      name: 'mine.safetensors',
      mimeType: 'application/octet-stream',
      buffer: await readFile(path),
    });
    await page.getByRole('button', { name: 'mine.safetensors' }).waitFor();
    await page.locator('summary', { hasText: 'Optimizer' }).click(); // unfolds the group
    await page.getByLabel('Seed', { exact: true }).fill('6'); // random weights would differ
    await page.getByRole('button', { name: 'Start again' }).click();
    await reach(page, 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await state(page, 'Paused');
    const next = decodeWeights(await readFile(await save('safetensors')));
    const [a, b] = [file, next].map(({ state }) => state.get('features.0.0.weight')?.data ?? []);
    expect(a?.length).toBe(432);
    const largest = Math.max(...[...(a ?? [])].map((value, i) => Math.abs(value - (b?.[i] ?? 0))));
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(0.05); // standard deviation of random weights: 0.12
    await page.getByRole('button', { name: 'Resume' }).click();
    await state(page, 'Training');
  },
  3 * PATIENCE,
);

test(
  'a lost GPU is reported, and training resumes from the last checkpoint on a new one',
  async () => {
    const { page, errors, strays } = visitor;
    await page.getByRole('button', { name: 'Pause' }).click(); // stores a checkpoint
    await state(page, 'Paused');
    const kept = await stepOf(page);
    for (const worker of page.workers()) await worker.evaluate(loseDevice);
    await page.getByRole('button', { name: 'Resume' }).click();
    const note = page.getByTestId('note').filter({ hasText: 'The GPU was lost' });
    await note.waitFor();
    expect(await note.textContent()).toMatch(/from the last checkpoint/);
    await reach(page, kept + 2);
    await page.getByRole('button', { name: 'Stop' }).click();
    await state(page, 'Stopped');
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'the head of the shipped weights, and another network by its name',
  async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: 'mine.safetensors' }).click(); // no longer the file of the test before
    await page.getByRole('button', { name: 'The shipped weights' }).click();
    const chosen = page.getByRole('button', { name: 'Shipped weights ×' });
    await chosen.waitFor();
    await page.getByLabel('What to train').selectOption('head');
    await page.getByRole('button', { name: 'Start again' }).click();
    await reach(page, 1);
    await page.getByRole('button', { name: 'Stop' }).click();
    await state(page, 'Stopped');

    await chosen.click();
    await page.getByLabel('What to train').selectOption('all');
    await page.getByLabel('Network', { exact: true }).selectOption('resnet20');
    await page.getByRole('button', { name: 'Start again' }).click();
    await reach(page, 1);
    await page.getByRole('button', { name: 'Stop' }).click();
    await state(page, 'Stopped');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'safetensors', exact: true }).click(),
    ]);
    const { metadata } = decodeWeights(await readFile(await download.path()));
    expect(metadata).toMatchObject({ model: 'resnet20', data: 'drawn' });
  },
  3 * PATIENCE,
);

test('a checkpoint without its state is reported, and can be discarded', async () => {
  const { page, errors } = visitor;
  await page.evaluate(forgetState);
  await page.reload();
  const offer = page.getByTestId('unfinished');
  await offer.getByRole('button', { name: 'Resume' }).click();
  await page.getByTestId('problem').filter({ hasText: 'its stored state is missing' }).waitFor();
  await offer.getByRole('button', { name: 'Discard' }).click();
  await offer.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  expect(errors).toEqual([]);
});

/** In the page: removes the state of the stored checkpoint. */
function forgetState(): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('feathergrad');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction('state', 'readwrite');
      work.objectStore('state').clear();
      work.oncomplete = () => {
        opening.result.close();
        resolve();
      };
    };
  });
}

/** In a worker: loses the GPU at its next command, like a driver reset. */
function loseDevice(): void {
  const { prototype } = GPUDevice;
  const before = prototype.createCommandEncoder;
  prototype.createCommandEncoder = function (...more) {
    prototype.createCommandEncoder = before;
    this.destroy();
    return before.apply(this, more);
  };
}
