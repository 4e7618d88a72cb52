import { describe, expect, test } from 'vitest';
import { facesFrom } from '../../src/faces/suppress.ts';
import { tilesFor } from '../../src/faces/tiles.ts';

/** One detection: a square around (x, y), all keypoints at its center. */
const detection = (x: number, y: number, side: number, score: number) => [
  x,
  y,
  side,
  side,
  ...Array.from({ length: 6 }, () => [x, y]).flat(),
  score,
];
const faces = (list: number[][], least = 0.5, most = 100) =>
  facesFrom(Float32Array.from(list.flat()), least, most).map(({ box, score, keypoints }) => ({
    x: box.left + box.width / 2,
    side: box.width,
    score: Number(score.toFixed(3)),
    eye: keypoints.leftEye.x,
  }));

describe('suppression', () => {
  test('overlapping detections become one face, the mean weighted by their scores', () => {
    const found = faces([detection(100, 50, 40, 0.6), detection(104, 50, 44, 0.9)]);
    expect(found).toHaveLength(1);
    const mean = (a: number, b: number) => (0.6 * a + 0.9 * b) / 1.5;
    expect(found[0]?.x).toBeCloseTo(mean(100, 104), 4);
    expect(found[0]?.side).toBeCloseTo(mean(40, 44), 4);
    expect(found[0]?.eye).toBeCloseTo(mean(100, 104), 4);
    expect(found[0]?.score).toBe(0.9);
  });

  test('a box inside a larger one is part of the same face', () => {
    expect(faces([detection(100, 100, 100, 0.9), detection(110, 110, 30, 0.8)])).toHaveLength(1);
  });

  test('faces side by side stay apart, most certain first', () => {
    const found = faces([detection(40, 50, 40, 0.7), detection(90, 50, 40, 0.95)]);
    expect(found.map(({ x }) => x)).toEqual([90, 40]);
  });

  test('minScore is inclusive, and maxFaces keeps the most certain', () => {
    const list = [detection(0, 0, 10, 0.5), detection(50, 0, 10, 0.75), detection(99, 0, 10, 0.25)];
    expect(faces(list).map(({ score }) => score)).toEqual([0.75, 0.5]);
    expect(faces(list, 0.5, 1)).toHaveLength(1);
    expect(faces([], 0.5)).toEqual([]);
  });

  test('NaN is not a face', () => {
    expect(faces([detection(0, 0, 10, Number.NaN)])).toEqual([]);
  });
});

describe('tiles', () => {
  test('scale 1 is one square over the longer side, centered', () => {
    expect(tilesFor(640, 480, [1])).toEqual([{ left: 0, top: -80, width: 640, height: 640 }]);
    expect(tilesFor(1, 1, [1])).toEqual([{ left: 0, top: 0, width: 1, height: 1 }]);
  });

  test.each([
    [640, 480, 2],
    [480, 640, 3],
    [3000, 10, 4],
    [500, 500, 1.5],
  ])(
    '%i x %i at scale %f: half of each tile overlaps the next, and every pixel is covered',
    (width, height, scale) => {
      const tiles = tilesFor(width, height, [scale]);
      const side = Math.max(width, height) / scale;
      for (const axis of ['left', 'top'] as const) {
        const size = axis === 'left' ? width : height;
        const places = [...new Set(tiles.map((tile) => tile[axis]))].sort((a, b) => a - b);
        expect(places[0]).toBeLessThanOrEqual(0);
        expect((places.at(-1) as number) + side).toBeGreaterThanOrEqual(size - 1e-6);
        for (let i = 1; i < places.length; i++) {
          expect((places[i] as number) - (places[i - 1] as number)).toBeLessThanOrEqual(side / 2 + 1e-6);
        }
      }
      expect(tiles.every((tile) => tile.width === side && tile.height === side)).toBe(true);
    },
  );
});
