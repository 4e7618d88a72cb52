import { expect, test } from 'vitest';
import { file, folder, picture } from './files.ts';
import { PATIENCE, visit } from './site.ts';

test(
  'a browser without WebGPU gets a page that names supported browsers',
  async () => {
    const { page, go, errors } = await visit({ webgpu: false });
    for (const place of ['train', 'compare']) {
      await go(place);
      const sheet = page.getByTestId('no-webgpu');
      await sheet.waitFor();
      expect(await sheet.getByRole('heading', { level: 1 }).textContent()).toMatch(/WebGPU isn’t available/);
      expect(await sheet.textContent()).toMatch(/Safari.*26 and later.*navigator\.gpu/s);
    }
    expect(errors).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'unusable folders, FER+ tables, URLs and weights are named, and the page keeps working',
  async () => {
    const { page, go, errors, strays } = await visit();
    await go('train?side=7&variant=huge&batch=4');
    const wrong = page.getByText('This link contains invalid settings');
    await wrong.waitFor();
    expect(await page.locator('.notice').first().textContent()).toMatch(/variant=huge.*side=7 .*32 to 4096/s);
    expect(await page.getByLabel('Batch size', { exact: true }).inputValue()).toBe('4');

    await page.getByLabel('Batch size', { exact: true }).fill('1');
    await page.getByText('Expected a whole number from 2 to 65536').waitFor();
    expect(page.url()).toMatch(/batch=4/);

    await go('train?data=folder&batch=4');
    const red = await picture(40, 30, '#a03020');
    const one = await folder({ 'happy/1.png': red });
    await page.getByTestId('folder-input').setInputFiles(one);
    await page.getByTestId('data-problem').filter({ hasText: 'only one class' }).waitFor();

    const two = await folder({
      'happy/1.png': red,
      'happy/2.png': red,
      'sad/1.png': await picture(20, 20, '#102040'),
      'sad/2.png': Buffer.from('broken'),
    });
    await page.getByTestId('folder-input').setInputFiles(two);
    await page.getByTestId('data-summary').filter({ hasText: '3 pictures of 2 classes' }).waitFor();
    await page.getByText('1 skipped').waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByTestId('failure').filter({ hasText: 'do not fill one batch of 4' }).waitFor();

    await go('train?data=ferplus');
    await page
      .getByTestId('ferplus-input')
      .setInputFiles(file('fer2013.csv', Buffer.from('emotion,pixels,Usage\n')));
    await page
      .getByTestId('data-problem')
      .filter({ hasText: 'fer2013new.csv, the votes, is missing' })
      .waitFor();
    const pixels = Array.from({ length: 16 }, (_, i) => i * 16).join(' ');
    await page
      .getByTestId('ferplus-input')
      .setInputFiles([
        file(
          'fer2013.csv',
          Buffer.from(`emotion,pixels,Usage\n0,${pixels},Training\n3,${pixels},PublicTest\n`),
        ),
        file(
          'fer2013new.csv',
          Buffer.from(
            'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n' +
              'Training,a.png,0,9,1,0,0,0,0,0,0,0\nPublicTest,b.png,8,0,0,2,0,0,0,0,0,0\n',
          ),
        ),
      ]);
    await page.getByTestId('data-summary').filter({ hasText: '1 pictures of 8 classes' }).waitFor();

    await page.getByTestId('weights-input').setInputFiles(file('x.safetensors', Buffer.from('nothing')));
    await page.getByTestId('problem').filter({ hasText: 'safetensors' }).waitFor();

    await go('train?side=224&batch=512&variant=large');
    await page.getByRole('button', { name: /Start/ }).click();
    await page
      .getByTestId('failure')
      .filter({ hasText: /A batch of \d+ would fit/ })
      .waitFor({ timeout: PATIENCE });
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);

test(
  'a diverging run is reported with a remedy, and duplicates cause a warning',
  async () => {
    const { page, go, errors, strays } = await visit({ context: { viewport: { width: 390, height: 844 } } });
    await go('train?batch=4&side=32&pictures=48&optimizer=sgd&lr=1000&clip=0');
    await page.getByRole('button', { name: 'Start' }).click();
    const failure = page.getByTestId('failure');
    await failure.waitFor();
    expect(await failure.textContent()).toMatch(
      /diverged.*rose from [\d.]+ to .*learning rate \(now 1000\)/is,
    );
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
    expect(await page.getByTestId('unfinished').count()).toBe(0);
    await failure.getByRole('button', { name: 'Try again with a tenth of the learning rate (100)' }).click();
    await failure.filter({ hasText: 'now 100)' }).waitFor(); // this rate is too high, too
    expect(await page.getByLabel('Learning rate', { exact: true }).inputValue()).toBe('100');

    const [red, blue] = [await picture(32, 32, '#a03020'), await picture(32, 32, '#102040')];
    const given = [1, 2, 3, 4].flatMap((n) => [
      [`happy/${n}.png`, red] as const,
      [`sad/${n}.png`, blue] as const,
    ]);
    await go('train?data=folder&batch=4&side=32&valid=0.5');
    await page.getByTestId('folder-input').setInputFiles(await folder(Object.fromEntries(given)));
    await page.getByTestId('data-summary').filter({ hasText: '8 pictures of 2 classes' }).waitFor();
    await page.getByRole('button', { name: 'Start again' }).click();
    const note = page.getByTestId('note');
    await note
      .filter({ hasText: '4 of 4 validation pictures are also training pictures (4 identical' })
      .waitFor();
    expect(errors).toEqual([]);
    expect(strays).toEqual([]);
  },
  3 * PATIENCE,
);
