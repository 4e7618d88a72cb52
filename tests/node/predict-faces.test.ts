import { readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { linesOf } from '../../src/cli/predict/answer.ts';
import { predictCommand } from '../../src/cli/predict/command.ts';
import { FER_CLASSES } from '../../src/models/fer-mobilenetv3/config.ts';
import { annotatedPhoto, shownSize } from '../../src/node/photo-files.ts';
import { testDevice } from '../support/device.ts';
import { drawnPhoto } from '../support/drawn-photo.ts';
import { at, run, withEvaluatedPart } from '../support/evaluated-part.ts';

withEvaluatedPart();

interface Entry {
  file: string;
  error?: string;
  label?: string;
  width?: number;
  height?: number;
  faces?: { box: { left: number; top: number; width: number; height: number }; label: string }[];
}

async function plain(name: string, width: number, height: number, orientation = 1): Promise<string> {
  const path = at(name);
  const background = { r: 120, g: 140, b: 160 };
  await sharp({ create: { width, height, channels: 3, background } })
    .withMetadata({ orientation })
    .jpeg()
    .toFile(path);
  return path;
}

async function entries(...args: string[]): Promise<Entry[]> {
  const { stdout } = await run(predictCommand(), [...args, '--weights', at('plain.safetensors'), '--json']);
  return (JSON.parse(stdout) as { predictions: Entry[] }).predictions;
}

describe('predict on photos', () => {
  test('an image without a face is not an error; sizes are those of the shown image', async () => {
    const turned = await plain('turned.jpg', 300, 200, 6);
    const huge = await plain('huge.jpg', 8000, 6000);
    const found = await entries(turned, huge);
    expect(found.map(({ width, height, faces }) => [width, height, faces])).toEqual([
      [200, 300, []],
      [8000, 6000, []],
    ]);
    expect(process.exitCode).toBeUndefined();
    const [line] = linesOf({ file: 'a.jpg', width: 9, height: 9, faces: [] }, 8, 3);
    expect(line).toBe(
      'a.jpg     no face found. Add --faces none to treat the whole image as one face, or crop the image to the face.',
    );
  });

  test('faces in a photo that is stored rotated, with their positions, and drawn into a file', async () => {
    const photo = await drawnPhoto(await testDevice(), 300, 160, [
      { left: 12, top: 20 },
      { left: 180, top: 30 },
    ]);
    const { width, height, channels, data } = photo;
    // stored rotated by 90 degrees to the left, so that orientation 6 shows it upright
    await sharp(await sharp(data, { raw: { width, height, channels } }).rotate(-90).png().toBuffer())
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toFile(at('side.jpg'));
    const [found] = await entries(at('side.jpg'), '--annotate', at('drawn.png'));
    expect([found?.width, found?.height]).toEqual([300, 160]);
    const centers = found?.faces?.map(({ box }) => Math.round(box.left + box.width / 2)) ?? [];
    expect(centers).toHaveLength(2);
    expect(Math.abs(centers[0]! - 60)).toBeLessThan(24);
    expect(Math.abs(centers[1]! - 228)).toBeLessThan(24);
    for (const { label } of found?.faces ?? []) expect(FER_CLASSES).toContain(label);
    expect(await shownSize(await readFile(at('drawn.png')))).toEqual({ width: 300, height: 160 });
  });

  test('reports an image that is too small to show a face', async () => {
    const [tiny] = await entries(await plain('tiny.jpg', 1, 1));
    expect(tiny?.error).toMatch(
      /^is too small to show a face \(got 1 x 1 pixels, expected at least 16 x 16\)/,
    );
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    const [long] = await entries(await plain('long.jpg', 20_000, 40));
    expect(long?.error).toContain('got 20000 x 40 pixels, reduced to 2048 x 4, expected at least 16 x 16');
    process.exitCode = undefined;
    const [anyway] = await entries(at('tiny.jpg'), '--faces', 'none');
    expect(anyway?.label).toBeTypeOf('string');
  });

  test('--annotate: errors are reported before any work', async () => {
    const empty = await plain('empty.jpg', 300, 200);
    const predict = (...args: string[]) =>
      run(predictCommand(), [...args, '--weights', at('plain.safetensors')]);
    await expect(predict(empty, empty, '--annotate', at('a.png'))).rejects.toThrow(
      '--annotate: it writes one image (got 2 images)',
    );
    await expect(predict(empty, '--annotate', at('a.gif'))).rejects.toThrow(
      '--annotate: the format is unknown',
    );
    await expect(predict(empty, '--force')).rejects.toThrow('--force overwrites the file of --annotate. Add');
    await expect(predict('')).rejects.toThrow('files: a name is empty. If it comes from a variable');
    await writeFile(at('there.png'), 'kept');
    await expect(predict(empty, '--annotate', at('there.png'))).rejects.toThrow(
      /--annotate: .*there\.png exists\. Add --force/,
    );
    await expect(predict(empty, '--annotate', at('nowhere/a.png'))).rejects.toThrow(
      /--annotate .*does not exist/,
    );
    await expect(predict(empty, '--annotate', at('there.png/a.png'))).rejects.toThrow(
      /--annotate .*there\.png is not a folder/,
    );
    expect(await readFile(at('there.png'), 'utf8')).toBe('kept');
    const { stderr } = await predict(
      await plain('cropped.jpg', 90, 80),
      '--annotate',
      at('there.png'),
      '--force',
    );
    expect(stderr).toContain('the whole image is treated as one face, so ');
    expect(stderr).toContain('is the image without boxes');
    expect(await shownSize(await readFile(at('there.png')))).toEqual({ width: 90, height: 80 });
  });
});

test.each(['.png', '.jpg', '.webp'])(
  'annotatedPhoto draws on the image as it is shown, as %s',
  async (ending) => {
    const bytes = await readFile(await plain('portrait.jpg', 120, 80, 6));
    const box = { left: 20, top: 50, width: 40, height: 40, text: 'Happy <97 %>' };
    const file = await annotatedPhoto(bytes, [box], `out${ending}`);
    const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([80, 120]);
    const pixel = (x: number, y: number) => {
      const first = info.channels * (y * 80 + x);
      return [...data.subarray(first, first + 3)];
    };
    const [edge, inside] = [pixel(40, 90), pixel(40, 75)];
    expect(edge[0]! - edge[2]!).toBeGreaterThan(40); // yellow
    expect(Math.abs(inside[0]! - 120)).toBeLessThan(12);
  },
);

test('annotatedPhoto blends transparent pixels with white where the format has no transparency', async () => {
  const background = { r: 0, g: 0, b: 0, alpha: 0 };
  const bytes = await sharp({ create: { width: 20, height: 20, channels: 4, background } })
    .png()
    .toBuffer();
  const first = async (path: string) =>
    (
      await sharp(await annotatedPhoto(bytes, [], path))
        .raw()
        .toBuffer()
    )[0];
  expect(await first('out.jpg')).toBeGreaterThan(250);
  expect(await first('out.png')).toBe(0);
});

test('annotatedPhoto accepts a label with characters that XML cannot contain', async () => {
  const bytes = await readFile(await plain('label.jpg', 90, 80));
  const box = { left: 20, top: 30, width: 40, height: 40, text: 'a\u001b[31m\u0000\ud800\uffff' };
  const file = await annotatedPhoto(bytes, [box], 'out.png');
  expect(await shownSize(file)).toEqual({ width: 90, height: 80 });
});
