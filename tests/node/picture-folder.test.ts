import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { readPictureFolder } from '../../src/node/picture-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'feathergrad-pictures-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), bytes);
}

type Color = { r: number; g: number; b: number; alpha?: number };
const RED = { r: 200, g: 30, b: 40 };

function plain(width: number, height: number, color: Color = RED): Sharp {
  const channels = color.alpha === undefined ? 3 : 4;
  return sharp({ create: { width, height, channels, background: color } });
}

/** A gray ramp, one byte per pixel. */
function ramp(width: number, height: number): { data: Buffer; image: Sharp } {
  const data = Buffer.from(Array.from({ length: width * height }, (_, i) => (i * 7) % 256));
  const image = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
  return { data, image };
}

async function rejection(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe('pictures', () => {
  test('every format is decoded to bytes of 1 or 3 channels', async () => {
    const gray = ramp(5, 4);
    await put('a/color.png', await plain(6, 3).png().toBuffer());
    await put('a/gray.png', await gray.image.clone().png().toBuffer());
    await put('a/loud.JPG', await plain(8, 8).jpeg({ quality: 100 }).toBuffer());
    await put('a/one.webp', await plain(1, 1).webp({ lossless: true }).toBuffer());
    await put('b/alpha.png', await plain(2, 2, { r: 0, g: 0, b: 0, alpha: 0.5 }).png().toBuffer());
    await put(
      'b/clear.webp',
      await plain(3, 2, { ...RED, alpha: 0 })
        .webp({ lossless: true })
        .toBuffer(),
    );
    await put('b/deep-gray.png', await gray.image.clone().toColourspace('grey16').png().toBuffer());
    await put('b/gray.jpeg', await gray.image.clone().jpeg({ quality: 100 }).toBuffer());
    const { pictures, labels, classNames, skipped } = await readPictureFolder(root);
    expect(skipped).toEqual([]);
    expect(classNames).toEqual(['a', 'b']);
    expect([...labels]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(pictures.map(({ name, width, height, channels }) => [name, width, height, channels])).toEqual([
      ['a/color.png', 6, 3, 3],
      ['a/gray.png', 5, 4, 1],
      ['a/loud.JPG', 8, 8, 3],
      ['a/one.webp', 1, 1, 3],
      ['b/alpha.png', 2, 2, 1],
      ['b/clear.webp', 3, 2, 1],
      ['b/deep-gray.png', 5, 4, 1],
      ['b/gray.jpeg', 5, 4, 1],
    ]);
    for (const picture of pictures) {
      expect(picture.data.constructor).toBe(Uint8Array);
      expect(picture.data.length).toBe(picture.width * picture.height * picture.channels);
    }
    const bytes = (index: number) => [...pictures[index]!.data];
    expect(bytes(0).slice(0, 6)).toEqual([200, 30, 40, 200, 30, 40]);
    expect(bytes(1)).toEqual([...gray.data]);
    expect(bytes(3)).toEqual([200, 30, 40]);
    for (const value of bytes(4)) expect(Math.abs(value - 127.5)).toBeLessThan(2);
    expect(bytes(5)).toEqual([255, 255, 255, 255, 255, 255]);
    expect(bytes(6)).toEqual([...gray.data]);
  });

  test('large ones are shrunk, proportions are kept, EXIF rotation is applied', async () => {
    await put('a/huge.png', await plain(3000, 1000).png().toBuffer());
    await put('a/thin.png', await plain(4000, 1).png().toBuffer());
    await put('b/small.png', await plain(20, 10).png().toBuffer());
    await put('b/turned.jpg', await plain(40, 10).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    const sides = async (maxSide?: number) =>
      (await readPictureFolder(root, { maxSide })).pictures.map(({ width, height }) => [width, height]);
    expect(await sides()).toEqual([
      [512, 171],
      [512, 1],
      [20, 10],
      [10, 40],
    ]);
    expect(await sides(16)).toEqual([
      [16, 5],
      [16, 1],
      [16, 8],
      [4, 16],
    ]);
  });

  test('damaged ones are skipped and listed with the reason', async () => {
    const noise = sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        background: RED,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    });
    const png = await noise.clone().png().toBuffer();
    const jpeg = await noise.clone().jpeg().toBuffer();
    await put('a/good.png', png);
    await put('a/text.png', 'this is no picture');
    await put('a/truncated.png', png.subarray(0, png.length / 2));
    await put('a/truncated.jpg', jpeg.subarray(0, jpeg.length / 2));
    await put('a/empty.png', '');
    await put('b/good.png', png);
    await symlink(join(root, 'nowhere.png'), join(root, 'b/dangling.png'));
    await put('b/inner/deep.png', png);
    await put('outside.png', png);
    const { pictures, labels, skipped } = await readPictureFolder(root);
    expect(pictures.map(({ name }) => name)).toEqual(['a/good.png', 'b/good.png']);
    expect([...labels]).toEqual([0, 1]);
    expect(skipped.map(({ name }) => name)).toEqual([
      'outside.png',
      'b/inner/deep.png',
      'a/empty.png',
      'a/text.png',
      'a/truncated.jpg',
      'a/truncated.png',
      'b/dangling.png',
    ]);
    const reasons = new Map(skipped.map(({ name, reason }) => [name, reason]));
    expect(reasons.get('outside.png')).toMatch(/not in a class folder/);
    expect(reasons.get('a/empty.png')).toBe('the file is empty');
    expect(reasons.get('a/text.png')).toMatch(
      /cannot be decoded as an image: it is not a PNG, JPEG or WebP file/,
    );
    expect(reasons.get('b/dangling.png')).toMatch(/ENOENT/);
    for (const { reason } of skipped) expect(reason).not.toMatch(/\n|^$/);
  });

  test('hidden files and other types are ignored; links to files and folders are followed', async () => {
    const png = await plain(2, 2).png().toBuffer();
    await put('a/1.png', png);
    await put('a/.hidden.png', png);
    await put('a/Thumbs.db', 'x');
    await put('.cache/1.png', png);
    await put('__MACOSX/a/1.png', png);
    await put('labels.csv', 'x');
    const elsewhere = await mkdtemp(join(tmpdir(), 'feathergrad-elsewhere-'));
    try {
      await writeFile(join(elsewhere, '2.png'), png);
      await symlink(elsewhere, join(root, 'b'));
      await symlink(join(elsewhere, '2.png'), join(root, 'a/2.png'));
      const { pictures, skipped } = await readPictureFolder(root);
      expect(pictures.map(({ name }) => name)).toEqual(['a/1.png', 'a/2.png', 'b/2.png']);
      expect(skipped).toEqual([]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  test('progress counts every image, and a signal aborts reading', async () => {
    const png = await plain(2, 2).png().toBuffer();
    for (let i = 0; i < 10; i++) await put(`${i % 2 ? 'a' : 'b'}/${i}.png`, png);
    const seen: number[] = [];
    await readPictureFolder(root, {
      concurrency: 3,
      onProgress: ({ done, total }) => {
        expect(total).toBe(10);
        seen.push(done);
      },
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const { pictures } = await readPictureFolder(root, { concurrency: 0 });
    expect(pictures.map((picture) => picture?.width)).toEqual(new Array(10).fill(2));
    for (const concurrency of [0.5, -1, Number.NaN]) {
      await expect(readPictureFolder(root, { concurrency })).rejects.toThrow(/concurrency: got/);
    }
    const stop = new AbortController();
    const reading = readPictureFolder(root, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(reading).rejects.toThrow(/abort/i);
  });
});

describe('classes', () => {
  const picture = plain(2, 2).png().toBuffer();
  async function classes(...names: string[]): Promise<string[]> {
    for (const name of names) await put(`${name}/1.png`, await picture);
    return (await readPictureFolder(root)).classNames;
  }

  test('other names are in alphabetical order', async () => {
    expect(await classes('zebra', 'Ant', 'bear', 'Happy')).toEqual(['Ant', 'Happy', 'bear', 'zebra']);
  });

  test('expressions are in the order of the network’s labels, in its spelling', async () => {
    expect(await classes('neutral', 'ANGER', 'Happy', 'surprise')).toEqual([
      'Surprise',
      'Happy',
      'Anger',
      'Neutral',
    ]);
    const { pictures, labels } = await readPictureFolder(root);
    expect(pictures.map(({ name }) => name)).toEqual([
      'surprise/1.png',
      'Happy/1.png',
      'ANGER/1.png',
      'neutral/1.png',
    ]);
    expect([...labels]).toEqual([0, 1, 2, 3]);
  });
});

describe('errors', () => {
  const picture = plain(2, 2).png().toBuffer();

  test('no such folder, or a file', async () => {
    expect((await rejection(readPictureFolder(join(root, 'none')))).message).toMatch(/none does not exist/);
    await put('a.png', await picture);
    expect((await rejection(readPictureFolder(join(root, 'a.png')))).message).toMatch(
      /is a file\. Pass a folder/,
    );
  });

  test('no images', async () => {
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /has no subfolder and no images. Put .png, .jpg, .jpeg or .webp files into one subfolder per class/,
    );
    await mkdir(join(root, 'Happy'));
    await put('Anger/notes.txt', 'x');
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /2 subfolders \("Anger", "Happy"\) and no images|2 subfolders \("Happy", "Anger"\) and no picture/,
    );
  });

  test('images outside of subfolders', async () => {
    await put('a.png', await picture);
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /1 image outside of subfolders, such as a.png/,
    );
  });

  test('the folder above the right one', async () => {
    await put('train/Happy/1.png', await picture);
    await put('train/Anger/1.png', await picture);
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /no images directly in its subfolders, but 2 images deeper.*Did you mean its folder "train"\?/,
    );
  });

  test('only one class', async () => {
    await put('Happy/1.png', await picture);
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /only one class, "Happy" with 1 image. A classifier needs two or more/,
    );
  });

  test('an empty class is named, with its other contents', async () => {
    await put('Happy/1.png', await picture);
    await mkdir(join(root, 'Fear'));
    expect((await rejection(readPictureFolder(root))).message).toMatch(/the class "Fear" has no images. Put/);
    await put('Fear/1.gif', 'x');
    expect((await rejection(readPictureFolder(root))).message).toMatch(/only 1 file of other types than/);
    await put('Fear/more/1.png', await picture);
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /only in subfolders of it, such as Fear\/more\/1.png/,
    );
  });

  test('a class of only damaged images counts as empty', async () => {
    await put('Happy/1.png', await picture);
    await put('Fear/1.png', 'x');
    await put('Fear/2.png', 'x');
    expect((await rejection(readPictureFolder(root))).message).toMatch(
      /class "Fear" has no readable image: 2 files could not be read, the first being Fear\/1.png \(.*cannot be decoded/,
    );
  });

  test('two spellings of one expression', async () => {
    for (const name of ['Happy', 'happy', 'Fear']) await put(`${name}/1.png`, await picture);
    const { message } = await rejection(readPictureFolder(root));
    expect(message).toMatch(/the folders "(Happy|happy)" and "(Happy|happy)" are the same class/);
  });

  test('without sharp the message contains the command to run', async () => {
    await put('Happy/1.png', await picture);
    await put('Fear/1.png', await picture);
    vi.resetModules();
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'");
    });
    try {
      const fresh = await import('../../src/node/picture-folder.ts');
      await expect(fresh.readPictureFolder(root)).rejects.toThrow(/Run "npm install sharp"/);
    } finally {
      vi.doUnmock('sharp');
      vi.resetModules();
    }
  });
});
