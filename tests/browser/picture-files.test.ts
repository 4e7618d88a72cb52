import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { filesFromDataTransfer, type PictureFile, readPictureFiles } from '../../src/data/picture-files.ts';

async function picture(width: number, height: number, color: string, type = 'image/png'): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
  return canvas.convertToBlob({ type, quality: 1 });
}

/** Chosen files have their path in a read-only property that only the browser sets. */
function picked(path: string, content: Blob): File {
  const file = new File([content], path.split('/').at(-1)!);
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

const at = (path: string, file: Blob): PictureFile => ({ path, file });

describe('readPictureFiles', () => {
  test('chosen files: classes, bytes, gray, alpha, skipped', async () => {
    const red = await picture(4, 3, 'rgb(200 30 40)');
    const set = await readPictureFiles([
      picked('faces/README.txt', new Blob(['x'])),
      picked('faces/happy/2.png', red),
      picked('faces/happy/1.webp', await picture(2, 2, 'rgb(90 90 90)', 'image/webp')),
      picked('faces/happy/.hidden.png', red),
      picked('faces/Surprise/clear.png', await picture(1, 1, 'transparent')),
      picked('faces/Surprise/half.png', await picture(1, 1, 'rgb(0 0 0 / 50%)')),
      picked('faces/Surprise/text.png', new Blob(['this is no picture'])),
      picked('faces/Surprise/nothing.jpg', new Blob([])),
    ]);
    expect(set.classNames).toEqual(['Surprise', 'Happy']);
    expect([...set.labels]).toEqual([0, 0, 1, 1]);
    expect(set.pictures.map(({ name, width, height, channels }) => [name, width, height, channels])).toEqual([
      ['Surprise/clear.png', 1, 1, 1],
      ['Surprise/half.png', 1, 1, 1],
      ['happy/1.webp', 2, 2, 1],
      ['happy/2.png', 4, 3, 3],
    ]);
    const [clear, half, gray, color] = set.pictures;
    expect([...clear!.data]).toEqual([255]);
    expect(Math.abs(half!.data[0]! - 127.5)).toBeLessThan(2);
    expect(Math.abs(gray!.data[0]! - 90)).toBeLessThan(3);
    expect([...color!.data.slice(0, 3)]).toEqual([200, 30, 40]);
    expect(set.skipped.map(({ name }) => name)).toEqual(['Surprise/nothing.jpg', 'Surprise/text.png']);
    expect(set.skipped[0]!.reason).toBe('the file is empty');
    expect(set.skipped[1]!.reason).not.toBe('');
  });

  test('large images are shrunk, EXIF rotation is applied', async () => {
    const jpeg = new Uint8Array(await (await picture(40, 10, 'red', 'image/jpeg')).arrayBuffer());
    // An EXIF segment with a rotation by 90 degrees, inserted after the start marker.
    const exif = [
      0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0,
      0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ];
    const turned = new Blob([jpeg.slice(0, 2), new Uint8Array(exif), jpeg.slice(2)]);
    const { pictures } = await readPictureFiles([
      at('a/huge.png', await picture(1500, 500, 'red')),
      at('b/turned.jpg', turned),
    ]);
    expect(pictures.map(({ width, height }) => [width, height])).toEqual([
      [512, 171],
      [10, 40],
    ]);
  });

  test('a truncated image is skipped', async () => {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext('2d')!;
    const noise = context.createImageData(64, 64);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : (i * 2654435761) >>> 24;
    context.putImageData(noise, 0, 0);
    const good = await picture(2, 2, 'red');
    for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
      const whole = await canvas.convertToBlob({ type });
      const { skipped } = await readPictureFiles([
        at('a/good.png', good),
        at('a/cut.png', whole.slice(0, whole.size / 2)),
        at('b/good.png', good),
      ]);
      expect(
        skipped.map(({ name }) => name),
        type,
      ).toEqual(['a/cut.png']);
    }
  });

  test('progress', async () => {
    const red = await picture(1, 1, 'red');
    const seen: string[] = [];
    await readPictureFiles([at('a/1.png', red), at('b/1.png', red)], {
      onProgress: ({ done, total }) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['1/2', '2/2']);
  });

  test('errors', async () => {
    const red = await picture(1, 1, 'red');
    const cases: [Iterable<File | PictureFile>, RegExp][] = [
      [[], /the chosen folder has no subfolder and no images/],
      [[new File([red], 'a.png')], /1 image outside of subfolders, such as a.png/],
      [[picked('Happy/a.png', red)], /only one class, "Happy"/],
      [[picked('faces/Happy/a.png', red)], /the chosen folder faces has only one class, "Happy"/],
      [
        [picked('f/a/1.png', red), picked('f/b/notes.txt', red)],
        /the class "b" has no images, only 1 file of other/,
      ],
      [[at('a/1.png', red), at('b/1.png', new Blob(['x']))], /class "b" has no readable image/],
      [[at('d/train/a/1.png', red), at('d/train/b/1.png', red)], /Did you mean its folder "train"\?/],
    ];
    for (const [files, message] of cases) {
      const error = await readPictureFiles(files).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toMatch(message);
    }
  });
});

describe('filesFromDataTransfer', () => {
  // Scripts cannot put folders into a DataTransfer, so these objects imitate the entries of a browser.
  const fileEntry = (name: string, file: Blob) =>
    ({ name, isFile: true, isDirectory: false, file: (done: (file: Blob) => void) => done(file) }) as unknown;
  const folderEntry = (name: string, children: unknown[]) => {
    const createReader = () => {
      const batches = [children.slice(0, 2), children.slice(2), []];
      return { readEntries: (done: (entries: unknown[]) => void) => done(batches.shift() ?? []) };
    };
    return { name, isFile: false, isDirectory: true, createReader } as unknown;
  };
  const transfer = (...entries: unknown[]) =>
    ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })) }) as unknown as DataTransfer;

  test('one folder of classes, with more files than a reader returns at once', async () => {
    const red = await picture(1, 1, 'red');
    const many = ['1.png', '2.png', '3.png'].map((name) => fileEntry(name, red));
    const files = await filesFromDataTransfer(
      transfer(folderEntry('faces', [folderEntry('Fear', many), folderEntry('Anger', many)])),
    );
    const { classNames, pictures } = await readPictureFiles(files);
    expect(classNames).toEqual(['Fear', 'Anger']);
    expect(pictures.length).toBe(6);
  });

  test('the class folders themselves, one of them empty', async () => {
    const red = await picture(1, 1, 'red');
    const full = folderEntry('a', [fileEntry('1.png', red)]);
    await expect(
      filesFromDataTransfer(transfer(full, folderEntry('b', []))).then(readPictureFiles),
    ).rejects.toThrow(/the class "b" has no images/);
    const files = await filesFromDataTransfer(transfer(full, folderEntry('b', [fileEntry('1.png', red)])));
    expect((await readPictureFiles(files)).classNames).toEqual(['a', 'b']);
  });

  test('a file without an entry, such as an image from another page', async () => {
    const file = new File([await picture(1, 1, 'red')], 'x.png');
    const items = [{ webkitGetAsEntry: () => null, getAsFile: () => file }];
    const files = await filesFromDataTransfer({ items } as unknown as DataTransfer);
    expect([...files]).toEqual([{ path: 'x.png', file }]);
  });

  test('an entry that cannot be read', async () => {
    const broken = {
      name: 'x.png',
      isFile: true,
      file: (_: unknown, fail: (error: Error) => void) => fail(new Error('gone')),
    };
    await expect(filesFromDataTransfer(transfer(broken))).rejects.toThrow(/x.png could not be read \(gone\)/);
  });
});
