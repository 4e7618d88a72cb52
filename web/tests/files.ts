// Generated files that the tests give to the page.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { namedShapes } from '../../src/formats/check-state.ts';
import { encodeWeights } from '../../src/formats/weights-file.ts';
import type { StateDict } from '../../src/layers/state-dict.ts';
import { FerMobileNetV3 } from '../../src/models/fer-mobilenetv3/fer-mobilenetv3.ts';

/** A file for Playwright's setInputFiles. */
export interface GivenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Untrained weights for an input of 32 x 32. */
export function freshWeights(): GivenFile {
  const model = new FerMobileNetV3({ side: 32 });
  const state: StateDict = new Map();
  let seed = 1;
  for (const [name, shape] of namedShapes(model)) {
    const count = shape.reduce((product, n) => product * n, 1);
    const isVariance = name.endsWith('running_var');
    const data = Float32Array.from({ length: count }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return isVariance ? 1 : (seed / 2 ** 32 - 0.5) * 0.2;
    });
    state.set(name, { shape: [...shape], data });
  }
  return file('fresh.safetensors', Buffer.from(encodeWeights(model, state)));
}

export const file = (name: string, buffer: Buffer, mimeType = 'application/octet-stream'): GivenFile => ({
  name,
  mimeType,
  buffer,
});

export async function picture(width: number, height: number, color: string): Promise<Buffer> {
  const channels = 3 as const;
  return sharp({ create: { width, height, channels, background: color } })
    .png()
    .toBuffer();
}

/** A folder on disk, for a file input that chooses folders. */
export async function folder(files: Record<string, Buffer>): Promise<string> {
  const { mkdir } = await import('node:fs/promises');
  const path = await mkdtemp(join(tmpdir(), 'feathergrad-web-'));
  for (const [name, content] of Object.entries(files)) {
    const at = join(path, name);
    await mkdir(join(at, '..'), { recursive: true });
    await writeFile(at, content);
  }
  return path;
}

/** A video for Chromium's fake camera: a bright square moving over gray (YUV4MPEG2). */
export async function film(): Promise<string> {
  const [width, height, frames] = [160, 120, 12];
  const parts: Buffer[] = [Buffer.from(`YUV4MPEG2 W${width} H${height} F12:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < frames; frame++) {
    const luma = Buffer.alloc(width * height, 90);
    for (let row = 40; row < 80; row++) luma.fill(220, row * width + 8 * frame, row * width + 8 * frame + 40);
    parts.push(Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128));
  }
  const path = join(await mkdtemp(join(tmpdir(), 'feathergrad-film-')), 'film.y4m');
  await writeFile(path, Buffer.concat(parts));
  return path;
}

/** Classes of pictures that a network learns quickly. */
export const SHAPE_CLASSES = ['Disk', 'Cross', 'Stripes'] as const;
const SHAPES: Record<(typeof SHAPE_CLASSES)[number], string> = {
  Disk: '<circle r="60" fill="#d33"/>',
  Cross: '<path d="M-70-20H-20V-70H20V-20H70V20H20V70H-20V20H-70Z" fill="#36c"/>',
  Stripes: '<path d="M-70-60H70V-30H-70ZM-70-10H70V20H-70ZM-70 40H70V70H-70Z" fill="#292"/>',
};

/** A photo-like picture, wider than high, with a shape at a place that depends on `i`. */
export async function shapePicture(name: (typeof SHAPE_CLASSES)[number], i: number): Promise<GivenFile> {
  const [x, y, turn] = [160 + 8 * ((i * 5) % 7) - 24, 120 + 6 * ((i * 3) % 5) - 12, ((i * 7) % 5) * 4 - 8];
  const ground = `hsl(${(i * 67) % 360} 25% 80%)`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="${ground}"/>` +
    `<g transform="translate(${x} ${y}) rotate(${turn})">${SHAPES[name]}</g></svg>`;
  return file(`${name} ${i}.jpg`, await sharp(Buffer.from(svg)).jpeg().toBuffer(), 'image/jpeg');
}
