import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pngDataUrl } from '../../src/cli/report/png-data-url.ts';

describe('pngDataUrl', () => {
  test.each([1, 3, 4] as const)('%i channels are read back bit for bit', async (channels) => {
    const [width, height] = [5, 3];
    const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37 + 200) % 256);
    const url = pngDataUrl({ width, height, channels, data });
    expect(url).toMatch(/^data:image\/png;base64,/);
    const file = Buffer.from(url.split(',')[1]!, 'base64');
    const { data: back, info } = await sharp(file)
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([width, height, channels]);
    expect([...back]).toEqual([...data]);
  });

  test('a wrong number of samples', () => {
    expect(() => pngDataUrl({ width: 2, height: 2, channels: 3, data: new Uint8Array(4) })).toThrow(
      /2 x 2 x 3 needs 12 samples .* got 4/,
    );
  });
});
