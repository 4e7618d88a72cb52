// Archives that are damaged, unusual or intended to exhaust memory: each is rejected with a message, and nothing hangs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type Zippable, zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/data-error.ts';
import { openDecoder } from '../../src/node/decode-picture.ts';
import type { FileTree } from '../../src/node/file-tree.ts';
import { openFileTree } from '../../src/node/open-file-tree.ts';
import { busy } from '../support/busy.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feathergrad-archives-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const utf8 = (content: string) => new TextEncoder().encode(content);

async function opened(name: string, bytes: Uint8Array): Promise<FileTree> {
  await writeFile(join(folder, name), bytes);
  return openFileTree(join(folder, name));
}

interface TarEntry {
  name: string;
  content?: string;
  type?: 'file' | 'directory';
  size?: number;
}

async function tarOf(...entries: TarEntry[]): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, content = '', type = 'file' } of entries) archive.entry({ name, type }, content);
  archive.finalize();
  return new Uint8Array(await buffer(archive));
}

/** Writes a header's field and its checksum. */
function edit(tar: Uint8Array, header: number, at: number, value: string): Uint8Array {
  const out = tar.slice();
  out.set(utf8(value), header + at);
  out.fill(0x20, header + 148, header + 156);
  const sum = out.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
  out.set(utf8(`${sum.toString(8).padStart(6, '0')}\0 `), header + 148);
  return out;
}

describe('tar', () => {
  const long = `${'deep/'.repeat(60)}é.txt`;

  test('files in any order, long names, names in two parts, folders that state a size', async () => {
    const plain = await tarOf(
      { name: 'a/one.txt', content: '1' },
      { name: 'a/', type: 'directory' },
      { name: long, content: 'deep' },
      { name: '.hidden', content: 'x' },
      { name: 'empty.txt' },
      { name: './b/two.txt', content: 'x'.repeat(600) },
    );
    const tree = await opened('whole.tar', edit(plain, 1024, 124, '00000001000\0'));
    expect(tree.files).toEqual(['a/one.txt', long, 'empty.txt', 'b/two.txt']);
    expect(new TextDecoder().decode(await tree.read('b/two.txt'))).toBe('x'.repeat(600));
    expect(await text(await tree.stream(long))).toBe('deep');
    expect((await tree.read('empty.txt')).length).toBe(0);
    await expect(tree.read('none')).rejects.toThrow('does not contain none');
    await tree.close();
  });

  test('truncated anywhere: rejected', async () => {
    const whole = await tarOf({ name: 'a.txt', content: 'x'.repeat(700) }, { name: 'b.txt', content: 'y' });
    for (let length = 1; length <= 3072; length += 119) {
      await expect(opened('cut.tar', whole.subarray(0, length))).rejects.toThrow(
        /cut\.tar is not a complete tar archive \(.*\)\. Download or create it again/,
      );
    }
  });

  test('a size beyond the file, a damaged header, damaged records, sparse files', async () => {
    const whole = await tarOf({ name: 'a.txt', content: 'x' });
    await expect(opened('size.tar', edit(whole, 0, 124, '77777777777\0'))).rejects.toThrow(
      'it ends in the middle of a.txt',
    );
    const damaged = whole.slice();
    damaged[3]! ^= 1;
    await expect(opened('sum.tar', damaged)).rejects.toThrow('there is no header at byte 0');
    await expect(opened('sparse.tar', edit(whole, 0, 156, 'S'))).rejects.toThrow('sparse file');
    await expect(opened('pax.tar', edit(whole, 0, 156, 'x'))).rejects.toThrow('records at byte 512');
  });
});

describe('zip', () => {
  const files: Record<string, Uint8Array> = {
    'a/label.csv': utf8('fer1.png,0,10\n'.repeat(50)),
    'a/plain.txt': utf8('stored as it is'),
  };
  const entries: Zippable = {
    'a/label.csv': [files['a/label.csv']!, { level: 9 }],
    'a/plain.txt': [files['a/plain.txt']!, { level: 0 }],
  };

  /** Positions in the table of contents. */
  function contents(zip: Uint8Array): number[] {
    const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
    return [...zip.keys()].filter((at) => at < zip.length - 4 && view.getUint32(at, true) === 0x02014b50);
  }

  test('the checksum of every file is verified, read or streamed', async () => {
    const zip = zipSync(entries);
    const whole = await opened('whole.zip', zip);
    expect(new TextDecoder().decode(await whole.read('a/plain.txt'))).toBe('stored as it is');
    expect(await text(await whole.stream('a/label.csv'))).toMatch(/^(fer1\.png,0,10\n){50}$/);
    await whole.close();
    const altered = zip.slice();
    altered[new TextDecoder('latin1').decode(zip).indexOf('stored as')]! ^= 1;
    const other = zip.slice();
    new DataView(other.buffer).setUint32(contents(zip)[0]! + 16, crc32(utf8('other')), true);
    for (const [name, bytes, path, reason] of [
      ['altered.zip', altered, 'a/plain.txt', 'does not match'],
      ['other.zip', other, 'a/label.csv', 'differs between its header and the table of contents'],
    ] as const) {
      const tree = await opened(name, bytes);
      const message = `${path} in the archive ${join(folder, name)} is damaged or cannot be unpacked (its checksum ${reason}`;
      await expect(tree.read(path)).rejects.toThrow(DataError);
      await expect(tree.read(path)).rejects.toThrow(message);
      await expect(tree.stream(path).then(text)).rejects.toThrow(message);
      await tree.close();
    }
  });

  test('truncated anywhere, or with any byte changed: the original files, or an error', async () => {
    const zip = zipSync(entries);
    for (let length = 1; length < zip.length; length += 13) {
      await expect(opened('cut.zip', zip.subarray(0, length))).rejects.toThrow(
        'is not a complete zip archive',
      );
    }
    for (let at = 0; at < zip.length; at++) {
      const damaged = zip.slice();
      damaged[at]! ^= 0x41;
      try {
        const tree = await opened('byte.zip', damaged);
        try {
          for (const path of tree.files) {
            expect(await tree.read(path)).toEqual(Buffer.from(files[path]!));
          }
        } finally {
          await tree.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }
  });

  const end = (view: DataView) => view.byteLength - 22;
  test.each<[string, (view: DataView, places: number[]) => void, RegExp]>([
    ['another name', (view, [at = 0]) => view.setUint8(at + 46, 0x62), /its name differs/],
    ['a checksum of 0', (view, [at = 0]) => view.setUint32(at + 16, 0), /its checksum differs/],
    ['another packed size', (view, [at = 0]) => view.setUint32(at + 20, 3, true), /packed size differs/],
    ['another size', (view, [at = 0]) => view.setUint32(at + 24, 3, true), /its size differs/],
    ['another method', (view, [, at = 0]) => view.setUint16(at + 10, 8, true), /method differs|sizes/],
    ['the position of another file', (view, [, at = 0]) => view.setUint32(at + 42, 0), /its name differs/],
    [
      'an empty name',
      (view, [first = 0, at = 0]) => {
        view.setUint16(first + 28, 0, true);
        view.setUint16(first + 32, at - first - 46, true); // the name becomes the comment
      },
      /an entry has no name/,
    ],
    [
      'the name of another file',
      (view, [first = 0, second = 0]) => {
        for (let i = 0; i < 11; i++) view.setUint8(second + 46 + i, view.getUint8(first + 46 + i));
      },
      /listed more than once/,
    ],
    [
      'too few files',
      (view) => view.setUint16(end(view) + 10, 1, true),
      /more files than the 1 in its end record/,
    ],
    ['too many files', (view) => view.setUint16(end(view) + 10, 3, true), /not a complete zip archive/],
  ])('a table of contents with %s is rejected', async (name, edit, message) => {
    const zip = zipSync(entries);
    edit(new DataView(zip.buffer), contents(zip));
    const reading = (async () => {
      const tree = await opened(`${name}.zip`, zip);
      try {
        for (const path of tree.files) await tree.read(path);
      } finally {
        await tree.close();
      }
    })();
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });

  test('files that unpack to far more than an image are not unpacked', async () => {
    const zip = zipSync({ 'a.png': [new Uint8Array(64), { level: 9 }] });
    new DataView(zip.buffer).setUint32(contents(zip)[0]! + 24, 1.5e9, true);
    const tree = await opened('bomb.zip', zip);
    const start = busy();
    await expect(tree.read('a.png')).rejects.toThrow('is too large (got 1500000000 bytes unpacked');
    expect(busy() - start).toBeLessThan(1000);
    await tree.close();
  });

  test('encrypted files are named', async () => {
    const zip = zipSync(entries);
    const view = new DataView(zip.buffer);
    const [first = 0] = contents(zip);
    view.setUint16(first + 8, view.getUint16(first + 8, true) | 1, true);
    const tree = await opened('secret.zip', zip);
    await expect(tree.read('a/label.csv')).rejects.toThrow(
      /a\/label\.csv in .*cannot be unpacked .*encrypted/,
    );
    await tree.close();
  });
});

describe('images', () => {
  /** A PNG that states a size but has hardly any data. */
  function png(width: number, height: number, data: Uint8Array = new Uint8Array(0)): Uint8Array {
    const chunk = (type: string, content: Uint8Array) => {
      const bytes = Buffer.concat([utf8(type), content]);
      const head = Buffer.alloc(4);
      const tail = Buffer.alloc(4);
      head.writeUInt32BE(content.length);
      tail.writeUInt32BE(crc32(bytes));
      return Buffer.concat([head, bytes, tail]);
    };
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    return Buffer.concat([
      Buffer.from(signature),
      chunk('IHDR', header),
      chunk('IDAT', data),
      chunk('IEND', new Uint8Array(0)),
    ]);
  }

  test('with huge sides are rejected by their header', async () => {
    const decoder = await openDecoder(512);
    const start = busy();
    for (const [width, height] of [
      [60_000, 60_000],
      [1_000_000, 101],
      [20_000, 20_000],
    ] as const) {
      await expect(decoder.decode(png(width, height), 'huge.png')).rejects.toThrow(
        /megapixels|cannot be decoded/,
      );
      await expect(decoder.measure(png(width, height))).rejects.toThrow(/megapixels|cannot be decoded/);
    }
    expect(busy() - start).toBeLessThan(1500);
  });

  test('that are damaged or of another type: messages that do not depend on a decoder', async () => {
    const decoder = await openDecoder(512);
    const broken = 'cannot be decoded as an image: the PNG file is damaged or truncated';
    await expect(decoder.decode(png(64, 64, utf8('no zlib')), 'a.png')).rejects.toThrow(broken);
    const other = 'cannot be decoded as an image: it is not a PNG, JPEG or WebP file';
    await expect(decoder.decode(utf8('<svg/>'), 'a.png')).rejects.toThrow(other);
    await expect(decoder.measure(utf8('text'))).rejects.toThrow(other);
  });
});
