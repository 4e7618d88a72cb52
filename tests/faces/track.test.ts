import { describe, expect, test } from 'vitest';
import { relativeTo } from '../../src/faces/baseline.ts';
import type { FaceExpression } from '../../src/faces/face-reader.ts';
import { FaceTracker } from '../../src/faces/track.ts';

const LABELS = ['Happy', 'Neutral', 'Anger'];
const FRAME_MS = 40;

/** A face at (x, y) with class probabilities in the order of LABELS. */
function face(x: number, y: number, side: number, probabilities: readonly number[]): FaceExpression {
  const point = { x, y };
  const predictions = LABELS.map((label, i) => ({ label, probability: probabilities[i] as number })).sort(
    (a, b) => b.probability - a.probability,
  );
  return {
    box: { left: x - side / 2, top: y - side / 2, width: side, height: side },
    score: 0.9,
    keypoints: {
      rightEye: point,
      leftEye: point,
      nose: point,
      mouth: point,
      rightEar: point,
      leftEar: point,
    },
    predictions,
    label: predictions[0]!.label,
    probability: predictions[0]!.probability,
    window: { left: 0, top: 0, width: 1, height: 1, angle: 0 },
  };
}
const HAPPY = [0.9, 0.05, 0.05];
const ANGRY = [0.1, 0.1, 0.8];
const noise = (i: number) => 3 * Math.sin(12.9898 * i);

describe('two faces that cross', () => {
  test.each([
    ['side by side', 60, 0],
    ['one before the other, hidden for some frames', 8, 40],
  ])('%s: numbers are kept and labels do not change', (_, apart, hidden) => {
    const tracker = new FaceTracker();
    const ids: string[] = [];
    const labels: (string | undefined)[] = [];
    for (let i = 0; i <= 60; i++) {
      const right = face(40 + 8 * i + noise(i), 200 + noise(i + 99), 60, HAPPY);
      const left = face(520 - 8 * i + noise(i + 7), 200 + apart + noise(i + 31), 60, ANGRY);
      const distance = Math.abs(right.box.left - left.box.left);
      // the detector reports only the face in front while the other is hidden
      const visible = distance < hidden ? [left] : i % 2 ? [left, right] : [right, left];
      const tracks = tracker.update(visible, i * FRAME_MS);
      const of = (one: FaceExpression) => tracks.find(({ found }) => found === one);
      ids.push(`${of(right)?.id ?? '-'} ${of(left)?.id ?? '-'}`);
      labels.push(of(right)?.label, of(left)?.label);
    }
    expect(new Set(ids.filter((pair) => !pair.includes('-')))).toEqual(new Set([ids[0]]));
    expect(new Set(labels.filter(Boolean))).toEqual(new Set(['Happy', 'Anger']));
    const byFace = (parity: number) => new Set(labels.filter((label, i) => label && i % 2 === parity));
    expect([[...byFace(0)], [...byFace(1)]]).toEqual([['Happy'], ['Anger']]);
  });
});

test('a label does not flicker when two classes alternate, and changes when the expression does', () => {
  const tracker = new FaceTracker();
  const labels: string[] = [];
  for (let i = 0; i < 50; i++) {
    const even = i % 2 === 0 ? [0.48, 0.42, 0.1] : [0.42, 0.48, 0.1];
    labels.push(tracker.update([face(100, 100, 50, even)], i * FRAME_MS)[0]!.label);
  }
  expect(new Set(labels)).toEqual(new Set(['Happy']));
  for (let i = 50; i < 75; i++)
    labels.push(tracker.update([face(100, 100, 50, ANGRY)], i * FRAME_MS)[0]!.label);
  expect(labels.at(-1)).toBe('Anger');
  expect(labels.slice(50).filter((label, i, all) => i > 0 && label !== all[i - 1])).toEqual(['Anger']);
});

test('a face that is missed for a moment keeps its number; the number of a face that left is not reused', () => {
  const tracker = new FaceTracker({ patience: 500 });
  const at = (time: number, x = 100) => tracker.update([face(x, 100, 50, HAPPY)], time)[0]!.id;
  expect(at(0)).toBe(1);
  expect(tracker.update([], 40)).toEqual([]);
  expect(at(200)).toBe(1);
  expect(at(800)).toBe(2);
  expect(at(840, 400)).toBe(3);
  tracker.reset();
  expect(at(900)).toBe(1);
});

test('a face keeps its number when a slow device sees one frame per second', () => {
  const tracker = new FaceTracker();
  const ids = [0, 1000, 2000, 3100, 4000].map(
    (time) => tracker.update([face(100, 100, 50, HAPPY)], time)[0]!.id,
  );
  expect(ids).toEqual([1, 1, 1, 1, 1]);
});

test('boxes are smoothed by time, not by the number of frames', () => {
  const after = (step: number) => {
    const tracker = new FaceTracker({ boxSmoothing: 100 });
    tracker.update([face(100, 100, 50, HAPPY)], 0);
    let left = 0;
    for (let time = step; time <= 120; time += step) {
      left = tracker.update([face(110, 100, 50, HAPPY)], time)[0]!.box.left;
    }
    return left;
  };
  expect(after(120)).toBeCloseTo(after(20), 6);
  expect(after(120)).toBeCloseTo(75 + 10 * (1 - Math.exp(-1.2)), 6);
});

test('with a baseline, the person’s own neutral face is classified as neutral', () => {
  const tracker = new FaceTracker({ smoothing: 0 });
  const own = [0.1, 0.3, 0.6];
  const see = (values: number[], time: number) => tracker.update([face(100, 100, 50, values)], time)[0]!;
  expect(see(own, 0).label).toBe('Anger');
  expect(tracker.takeBaseline(7)).toBe(false);
  expect(tracker.takeBaseline(1)).toBe(true);
  const relative = see(own, 40);
  expect(relative.hasBaseline).toBe(true);
  expect(relative.label).toBe('Neutral');
  expect(relative.probability).toBeCloseTo(0.8, 5);
  expect(see([0.9, 0.05, 0.05], 80).label).toBe('Happy');
  tracker.clearBaseline();
  expect(see(own, 120).label).toBe('Anger');
});

test('relativeTo: sums to 1, and a class that is missing in the baseline stays bounded', () => {
  const values = relativeTo([0.2, 0.5, 0.3], [0, 1, 0], 1);
  expect(values.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  expect(Math.max(...values)).toBeLessThan(1);
});

test('undefined selects the default of each option', () => {
  const none = { smoothing: undefined, boxSmoothing: undefined, patience: undefined, hysteresis: undefined };
  const [usual, given] = [new FaceTracker(), new FaceTracker(none as never)];
  for (const time of [0, 33, 66]) {
    const faces = [face(100 + time, 100, 50, HAPPY)];
    expect(given.update(faces, time)).toEqual(usual.update(faces, time));
  }
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined])('rejects the time %s', (time) => {
  expect(() => new FaceTracker().update([], time as never)).toThrow('FaceTracker.update: time: got');
});

test('smoothing can be changed after construction, and impossible values are refused by name', () => {
  const tracker = new FaceTracker();
  tracker.smoothing = 0;
  for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, '400', null, undefined]) {
    expect(() => {
      tracker.smoothing = value as number;
    }).toThrow(/^FaceTracker: smoothing: got .+, expected/);
  }
  expect(tracker.smoothing).toBe(0);
});
