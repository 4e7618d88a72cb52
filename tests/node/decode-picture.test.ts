import sharp, { type PngOptions, type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { openDecoder } from '../../src/node/decode-picture.ts';
import { noise } from '../support/tiny-pictures.ts';

/** Noise over a gradient, so that each PNG filter is used. */
function image(width: number, height: number, channels: 1 | 3 | 4): Sharp {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i + noise(i) / 8) & 255);
  const picture = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? picture.toColourspace('b-w') : picture;
}

/** The result of sharp for a file, with transparency on white; gray images have three equal channels. */
async function wanted(bytes: Buffer, isGrey: boolean) {
  const { data, info } = await sharp(bytes)
    .rotate()
    .flatten({ background: '#ffffff' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const step = isGrey ? info.channels : 1;
  const channels = info.channels / step;
  return {
    width: info.width,
    height: info.height,
    channels,
    data: [...data].filter((_, i) => i % step === 0),
  };
}

const PLAIN: PngOptions = { compressionLevel: 6 };
test.each<[string, 1 | 3 | 4, PngOptions, number?]>([
  ['gray', 1, PLAIN],
  ['gray, stored', 1, { compressionLevel: 0 }],
  ['gray, filtered', 1, { adaptiveFiltering: true }],
  ['gray, interlaced', 1, { progressive: true }],
  ['RGB', 3, PLAIN],
  ['RGB, interlaced and filtered', 3, { progressive: true, adaptiveFiltering: true }],
  ['RGB with a palette', 3, { palette: true, colors: 16 }],
  ['RGB and alpha', 4, PLAIN],
  ['RGB, rotated by EXIF', 3, PLAIN, 6],
])('a small PNG, %s, is decoded as by sharp', async (_, channels, options, orientation) => {
  const picture = image(21, 13, channels);
  const turned = orientation === undefined ? picture : picture.withMetadata({ orientation });
  const bytes = await turned.png(options).toBuffer();
  const { decode } = await openDecoder(512);
  const { data, ...found } = await decode(bytes, 'a.png');
  expect({ ...found, data: [...data] }).toEqual({ ...(await wanted(bytes, channels === 1)), name: 'a.png' });
});

test('images larger than the maximum side are shrunk, small files or not', async () => {
  const { decode } = await openDecoder(8);
  const found = await decode(await image(16, 12, 1).png().toBuffer(), 'a.png');
  expect([found.width, found.height, found.data.length]).toEqual([8, 6, 48]);
});

test('a small PNG that is truncated or altered is an error', async () => {
  const { decode } = await openDecoder(512);
  const bytes = await image(40, 40, 1).png().toBuffer();
  await expect(decode(bytes.subarray(0, bytes.length / 2), 'a.png')).rejects.toThrow();
  await expect(decode(bytes.subarray(0, 20), 'a.png')).rejects.toThrow();
  await expect(decode(Buffer.alloc(0), 'a.png')).rejects.toThrow('the file is empty');
});
