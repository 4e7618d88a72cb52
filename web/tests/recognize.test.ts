import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { file, film, freshWeights, picture } from './files.ts';
import { PATIENCE, type Visit, visit } from './site.ts';

/** The bars' percentages. */
async function bars(page: Page): Promise<number[]> {
  const texts = await page.locator('.bars b').allTextContents();
  return texts.map((text) => Number.parseFloat(text));
}

async function answered(page: Page): Promise<number[]> {
  await expect.poll(async () => Number.isFinite((await bars(page))[0]), { timeout: PATIENCE }).toBe(true);
  return bars(page);
}

let visitor: Visit;

test(
  'without WebGPU the CPU gives the same answer as the GPU, and the page says so',
  async () => {
    const answers: number[][] = [];
    for (const webgpu of [true, false]) {
      const { page, go, errors, strays } = await visit({ webgpu });
      await go('recognize');
      await page.getByTestId('weights-from').filter({ hasText: 'built-in (FER+)' }).waitFor();
      expect(await page.getByTestId('on-cpu').count()).toBe(webgpu ? 0 : 1);
      expect(await page.getByTestId('no-webgpu').count()).toBe(0);
      const face = fileURLToPath(new URL('../../examples/face.png', import.meta.url));
      await page.getByTestId('picture-input').setInputFiles(face);
      if (webgpu) await page.getByLabel('Place the face by hand').check();
      await page.getByTestId('answer').filter({ hasText: 'Happy' }).waitFor();
      answers.push(await answered(page));
      if (!webgpu) {
        await page.getByTestId('weights-input').setInputFiles(freshWeights());
        await page.getByTestId('weights-from').filter({ hasText: 'fresh.safetensors' }).waitFor();
        await expect.poll(() => bars(page), { timeout: PATIENCE }).not.toEqual(answers[1]);
      }
      expect(errors).toEqual([]);
      expect(strays).toEqual([]);
    }
    const [gpu, cpu] = answers as [number[], number[]];
    for (const [i, percent] of gpu.entries())
      expect(Math.abs((cpu[i] as number) - percent)).toBeLessThan(0.11);
  },
  3 * PATIENCE,
);

test(
  'recognizes a sample with the built-in weights, and with those of a file',
  async () => {
    const camera = [
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${await film()}`,
    ];
    visitor = await visit({ args: camera, context: { permissions: ['camera'] } });
    const { page, go } = visitor;
    await go('recognize');
    await page.getByTestId('weights-from').filter({ hasText: 'built-in (FER+)' }).waitFor();
    await page.getByRole('button', { name: /Sample 3,/ }).click();
    await answered(page);
    expect(await page.getByTestId('answer').textContent()).not.toBe('Waiting for a picture');
    await page.getByTestId('weights-input').setInputFiles(freshWeights());
    await page.getByTestId('weights-from').filter({ hasText: 'fresh.safetensors' }).waitFor();
    await page.getByRole('button', { name: /Sample 1,/ }).click();
    const values = await answered(page);
    expect(values.length).toBe(8);
    expect(values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(100, 0);
  },
  3 * PATIENCE,
);

test(
  'an image can be moved and zoomed, and gets an attention overlay',
  async () => {
    const { page } = visitor;
    const half = Buffer.from(await picture(400, 300, '#4060c0'));
    await page.getByTestId('picture-input').setInputFiles(file('blue.png', half, 'image/png'));
    const before = await answered(page);
    const lies = () =>
      page.locator('.stage .under').evaluate((node) => node.getBoundingClientRect().toJSON());
    const [first, stage] = [await lies(), await page.getByTestId('stage').boundingBox()];
    expect(first.height).toBeCloseTo(0.8 * (stage?.height ?? 0), 0); // the shorter side fills the guide
    await page.getByTestId('stage').focus();
    await page.keyboard.press('ArrowRight');
    expect((await lies()).x).toBeLessThan(first.x);
    await page.keyboard.press('+');
    expect((await lies()).width).toBeCloseTo(1.1 * first.width, 0);
    const [x, y] = [(stage?.x ?? 0) + 100, (stage?.y ?? 0) + 100];
    const dragged = await lies();
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 10);
    await page.mouse.up();
    expect((await lies()).x).toBeCloseTo(dragged.x + 30, 0);
    await page.getByRole('button', { name: 'Center' }).click();
    expect((await lies()).x).toBeCloseTo(first.x, 0);
    await expect.poll(() => bars(page)).toEqual(before);

    await page.getByRole('slider', { name: 'Attention overlay' }).fill('0.6');
    const heat = () =>
      page.locator('.heat').evaluate((node) => {
        const canvas = node as HTMLCanvasElement;
        const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, 9, 9);
        return data[3];
      });
    await expect.poll(heat).toBeGreaterThan(100);
  },
  3 * PATIENCE,
);

test(
  'camera frames are recognized one by one',
  async () => {
    const { page, errors, strays } = visitor;
    await page.getByRole('button', { name: 'Turn camera on' }).click();
    await expect
      .poll(async () => Number.parseFloat((await page.getByTestId('fps').textContent()) ?? ''), {
        timeout: PATIENCE,
      })
      .toBeGreaterThan(0);
    await answered(page);
    await page.getByRole('button', { name: 'Turn camera off' }).click();
    await page.getByText('Drop or paste a picture').waitFor();
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'webcam shots for training are taken by class, and are stored',
  async () => {
    const { page, go } = visitor;
    await go('train?data=shots');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByTestId('failure').filter({ hasText: 'Not enough shots yet' }).waitFor();
    await page.getByRole('button', { name: 'Turn camera on' }).click();
    const happy = page.getByRole('button', { name: 'Happy', exact: true });
    const count = async () => Number(await page.getByTestId('shots-Happy').textContent());
    await happy.hover();
    await expect
      .poll(async () => {
        await page.mouse.down();
        await page.mouse.up();
        return count();
      })
      .toBeGreaterThanOrEqual(2);
    await page.getByLabel('Name of a new class').fill('happy');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('A class called “happy” already exists.').waitFor();
    await page.getByLabel('Name of a new class').fill('Puzzled');
    await page.getByRole('button', { name: 'Add' }).click();
    const taken = await count();
    await page.reload();
    await expect.poll(count).toBe(taken);
    await page.getByTestId('shots-Puzzled').waitFor();
    await expect.poll(() => page.locator('.sheet canvas').count()).toBe(Math.min(10, taken));
    await go('recognize');
  },
  3 * PATIENCE,
);

test(
  'files that are not images or weights are named; the page keeps working',
  async () => {
    const { page } = visitor;
    await page
      .getByTestId('picture-input')
      .setInputFiles(file('notes.png', Buffer.from('no picture'), 'image/png'));
    await page.getByTestId('problem').filter({ hasText: 'notes.png can’t be opened as a picture' }).waitFor();
    await page
      .getByTestId('weights-input')
      .setInputFiles(file('other.safetensors', Buffer.from('no weights')));
    await page.getByTestId('problem').filter({ hasText: 'safetensors' }).waitFor();
    await page.getByRole('button', { name: /Sample 2,/ }).click();
    await answered(page);
    expect(await page.getByTestId('problem').count()).toBe(0);
  },
  3 * PATIENCE,
);

test(
  'faces are found and shown with boxes and crops; the guide can be chosen, and appears where no face is found',
  async () => {
    const { page } = visitor;
    await page.getByRole('button', { name: /Sample 1,/ }).click();
    await page.getByTestId('face').waitFor();
    expect(await page.getByTestId('face-box').count()).toBe(1);
    expect(await page.locator('.stage ellipse').count()).toBe(0);
    const shown = await page
      .locator('.stage .under')
      .evaluate((node) => node.getBoundingClientRect().toJSON());
    const stage = await page.getByTestId('stage').boundingBox();
    expect(shown.width).toBeCloseTo(stage?.width ?? 0, 0); // the whole image
    const pixels = page.getByRole('img', { name: 'Face 1 as the network receives it' });
    expect(await pixels.evaluate((node) => (node as HTMLCanvasElement).width)).toBeGreaterThanOrEqual(32);
    await page.getByLabel('Place the face by hand').check();
    await page.locator('.stage ellipse').waitFor();
    expect(await page.getByTestId('face').count()).toBe(0);
    expect((await answered(page)).length).toBe(8);
    await page.getByLabel('Place the face by hand').uncheck();
    await page.getByTestId('face').waitFor();
    const empty = await picture(300, 200, '#808080');
    await page.getByTestId('picture-input').setInputFiles(file('gray.png', empty, 'image/png'));
    await page.getByTestId('no-face').filter({ hasText: 'No face was found' }).waitFor();
    await page.locator('.stage ellipse').waitFor();
  },
  3 * PATIENCE,
);

test(
  'a blocked, missing or busy camera is reported',
  async () => {
    const { page } = visitor;
    await page.context().clearPermissions();
    for (const [name, text] of [
      ['NotAllowedError', 'access was blocked'],
      ['NotFoundError', 'No camera was found'],
      ['NotReadableError', 'another program'],
    ] as const) {
      await page.evaluate((error) => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', error));
      }, name);
      await page.getByRole('button', { name: 'Turn camera on' }).click();
      await page.getByTestId('problem').filter({ hasText: text }).waitFor();
    }
  },
  3 * PATIENCE,
);
