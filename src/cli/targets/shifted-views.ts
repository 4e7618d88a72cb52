import type { Picture } from '../../data/picture.ts';
import { PictureSource } from '../../data/picture-source.ts';
import { PictureStream } from '../../data/picture-stream.ts';

type Source = PictureSource | PictureStream;

/** Directions of the shifts: columns and rows. */
const DIRECTIONS = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** Returns the images, and if `share` is above 0, also the images shifted left, right, up and down by that share. */
export function shiftedViews(source: Source, share: number): Source[] {
  if (share === 0) return [source];
  return [
    source,
    ...DIRECTIONS.map(([x, y]) => changed(source, (picture) => shift(picture, x * share, y * share))),
  ];
}

function changed(source: Source, change: (picture: Picture) => Picture): Source {
  if (source instanceof PictureStream) {
    return source.with({ read: async (index) => change(await source.picture(index)) });
  }
  const { pictures, labels, classNames } = source;
  return new PictureSource({ pictures: pictures.map(change), labels, classNames });
}

/** Shifts the content of an image by a share of width and height, at least one pixel, and repeats its edge. */
export function shift(picture: Picture, x: number, y: number): Picture {
  const { width, height, channels, data } = picture;
  const [right, down] = [pixels(x, width), pixels(y, height)];
  const moved = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    const from = clamp(row - down, height) * width;
    for (let column = 0; column < width; column++) {
      const start = (from + clamp(column - right, width)) * channels;
      const to = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) moved[to + c] = data[start + c]!;
    }
  }
  return { ...picture, data: moved };
}

function pixels(share: number, size: number): number {
  return Math.sign(share) * Math.max(1, Math.round(Math.abs(share) * size));
}

function clamp(index: number, size: number): number {
  return Math.min(size - 1, Math.max(0, index));
}
