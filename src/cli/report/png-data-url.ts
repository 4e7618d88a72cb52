import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from '../../data/picture.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** PNG's color type by channels: gray, RGB, RGB with alpha. */
const COLOR_TYPE = { 1: 0, 3: 2, 4: 6 } as const;

/**
 * Encodes an image as a PNG in a `data:` URL, for a self-contained page.
 * @throws RangeError when the number of samples is not width x height x channels
 */
export function pngDataUrl({ width, height, channels, data }: Omit<Picture, 'name'>): string {
  const stride = width * channels;
  if (width < 1 || height < 1 || data.length !== stride * height) {
    throw new RangeError(
      `pngDataUrl: ${width} x ${height} x ${channels} needs ${stride * height} samples (at least one), got ${data.length}`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = COLOR_TYPE[channels];
  // A row begins with its filter type; 0 means none.
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const file = Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${file.toString('base64')}`;
}

function chunk(type: string, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(body.length + 12);
  frame.writeUInt32BE(body.length, 0);
  frame.write(type, 4, 'latin1');
  frame.set(body, 8);
  frame.writeUInt32BE(crc32(frame.subarray(4, 8 + body.length)), 8 + body.length);
  return frame;
}
