import { checkOptions, checkValue, finite, type OptionRules } from '../gpu/check-options.ts';
import type { Prediction } from '../models/image-classifier.ts';
import { ranked } from '../models/prediction.ts';
import { relativeTo } from './baseline.ts';
import { type FaceBox, type FaceKeypoints, KEYPOINT_NAMES, overlap } from './face.ts';
import type { FaceExpression } from './face-reader.ts';

/** Options of `FaceTracker`. */
export interface FaceTrackerOptions {
  /** time in milliseconds over which probabilities are averaged (default 400) */
  smoothing?: number;
  /** time in milliseconds over which boxes and keypoints are averaged (default 80) */
  boxSmoothing?: number;
  /** time in milliseconds after which a face that is no longer found is forgotten (default 700) */
  patience?: number;
  /** how much more probable another class must be before the label changes, 0 to 1 (default 0.1) */
  hysteresis?: number;
}

const OPTIONS: OptionRules<FaceTrackerOptions> = {
  smoothing: (v) => finite(v, 0),
  boxSmoothing: (v) => finite(v, 0),
  patience: (v) => finite(v, 0),
  hysteresis: (v) => finite(v, 0, 1),
};

/** A face that is followed from frame to frame. */
export interface TrackedFace {
  /** number of the face, the same in every frame; numbers are not reused */
  id: number;
  /** smoothed */
  box: FaceBox;
  /** smoothed */
  keypoints: FaceKeypoints;
  /** smoothed class probabilities, most probable first; relative to the baseline if there is one */
  predictions: Prediction[];
  /** changes only when another class is clearly more probable */
  label: string;
  /** smoothed probability of `label` */
  probability: number;
  /** whether the face has a neutral baseline */
  hasBaseline: boolean;
  /** the face as it was found in this frame */
  found: FaceExpression;
}

interface Track {
  id: number;
  box: FaceBox;
  keypoints: FaceKeypoints;
  /** of the box's center, in pixels per millisecond */
  velocity: { x: number; y: number };
  probabilities: Map<string, number>;
  label: string;
  seen: number;
  started: number;
  found: FaceExpression;
  /** probabilities of the last seconds, for a baseline */
  history: { time: number; probabilities: Map<string, number> }[];
  baseline: Map<string, number> | null;
}

/** Distance of two centers, divided by the side of the box, beyond which two boxes are different faces. */
const FARTHEST = 1;
/** Ratio of two sides beyond which they are different faces. */
const LARGEST_RATIO = 2;
/** Minimum time for which a lost face is kept, as a multiple of the mean time between frames. */
const SLOW_FRAMES = 3;
/** Length of the history that `takeBaseline` averages, in milliseconds. */
const BASELINE_MS = 3000;
/** Time constant of the velocity in milliseconds. */
const VELOCITY_MS = 150;

/**
 * Follows faces through a video. Each face keeps its number, and its box, probabilities and label are smoothed, so that
 * labels neither flicker nor move to another face. A face is recognized in the next frame by its distance from the
 * position that its motion predicts, and by the overlap with the box there.
 */
export class FaceTracker {
  private readonly options: Required<FaceTrackerOptions>;
  private tracks: Track[] = [];
  private nextId = 1;
  /** time of the latest frame, and mean time between frames, in milliseconds */
  private last: number | null = null;
  private gap: number | null = null;

  constructor(options: FaceTrackerOptions = {}) {
    checkOptions('FaceTracker', options, OPTIONS);
    const { smoothing = 400, boxSmoothing = 80, patience = 700, hysteresis = 0.1 } = options;
    this.options = { smoothing, boxSmoothing, patience, hysteresis };
  }

  /**
   * see `FaceTrackerOptions`; may be changed at any time
   * @throws RangeError for a value that is negative or not finite
   */
  get smoothing(): number {
    return this.options.smoothing;
  }

  set smoothing(value: number) {
    checkValue('FaceTracker', 'smoothing', value, OPTIONS.smoothing);
    this.options.smoothing = value;
  }

  /**
   * Adds the faces of a frame and returns them as tracked faces, in the order of their numbers.
   * @param time of the frame in milliseconds, not before that of the previous call
   * @throws RangeError for a time that is not a finite number
   */
  update(faces: readonly FaceExpression[], time: number): TrackedFace[] {
    checkValue('FaceTracker.update', 'time', time, finite);
    const gap = this.last === null ? 0 : time - this.last;
    // on a slow device a face must not be forgotten between two frames
    const patience = Math.max(this.options.patience, SLOW_FRAMES * (this.gap ?? gap));
    this.gap = this.last === null ? null : this.gap === null ? gap : this.gap + 0.3 * (gap - this.gap);
    this.last = time;
    this.tracks = this.tracks.filter(({ seen }) => time - seen <= patience);
    const matched = this.match(faces, time);
    faces.forEach((face, i) => {
      const track = matched.get(i);
      if (track) this.follow(track, face, time);
      else this.tracks.push(this.begin(face, time));
    });
    return this.tracks
      .filter(({ seen }) => seen === time)
      .sort((a, b) => a.id - b.id)
      .map((track) => resultOf(track));
  }

  /**
   * Uses the mean of the last three seconds as a face's neutral expression; later results are relative to it.
   * @param id number of the face
   * @returns whether the face is currently followed
   */
  takeBaseline(id: number): boolean {
    const track = this.tracks.find((one) => one.id === id);
    if (!track) return false;
    const sums = new Map<string, number>();
    for (const { probabilities } of track.history) {
      for (const [label, value] of probabilities) sums.set(label, (sums.get(label) ?? 0) + value);
    }
    track.baseline = new Map([...sums].map(([label, sum]) => [label, sum / track.history.length]));
    return true;
  }

  /** Removes the baseline of a face, or of all faces. */
  clearBaseline(id?: number): void {
    for (const track of this.tracks) if (id === undefined || track.id === id) track.baseline = null;
  }

  /** Forgets all faces; numbers start at 1 again. */
  reset(): void {
    this.tracks = [];
    this.nextId = 1;
    this.last = null;
    this.gap = null;
  }

  /** Returns the track of each face, by the face's index. The closest pairs are matched first. */
  private match(faces: readonly FaceExpression[], time: number): Map<number, Track> {
    const pairs = this.tracks.flatMap((track) => {
      const expected = moved(track, time);
      return faces.flatMap((face, i) => {
        const cost = costOf(expected, face.box);
        return cost === null ? [] : [{ track, i, cost }];
      });
    });
    pairs.sort((a, b) => a.cost - b.cost);
    const matched = new Map<number, Track>();
    const used = new Set<Track>();
    for (const { track, i } of pairs) {
      if (used.has(track) || matched.has(i)) continue;
      used.add(track);
      matched.set(i, track);
    }
    return matched;
  }

  private begin(face: FaceExpression, time: number): Track {
    const probabilities = probabilitiesOf(face);
    return {
      id: this.nextId++,
      box: face.box,
      keypoints: face.keypoints,
      velocity: { x: 0, y: 0 },
      probabilities,
      label: face.label,
      seen: time,
      started: time,
      found: face,
      history: [{ time, probabilities }],
      baseline: null,
    };
  }

  private follow(track: Track, face: FaceExpression, time: number): void {
    const { smoothing, boxSmoothing, hysteresis } = this.options;
    const elapsed = Math.max(1, time - track.seen);
    const share = (constant: number) => (constant === 0 ? 1 : 1 - Math.exp(-elapsed / constant));
    const mix = (from: number, to: number, part: number) => from + part * (to - from);
    const [before, now] = [centerOf(track.found.box), centerOf(face.box)];
    const faster = share(VELOCITY_MS);
    track.velocity = {
      x: mix(track.velocity.x, (now.x - before.x) / elapsed, faster),
      y: mix(track.velocity.y, (now.y - before.y) / elapsed, faster),
    };
    const part = share(boxSmoothing);
    const { box, keypoints } = track;
    track.box = {
      left: mix(box.left, face.box.left, part),
      top: mix(box.top, face.box.top, part),
      width: mix(box.width, face.box.width, part),
      height: mix(box.height, face.box.height, part),
    };
    const points = KEYPOINT_NAMES.map((name) => {
      const [from, to] = [keypoints[name], face.keypoints[name]];
      return [name, { x: mix(from.x, to.x, part), y: mix(from.y, to.y, part) }];
    });
    track.keypoints = Object.fromEntries(points) as FaceKeypoints;
    const raw = probabilitiesOf(face);
    track.history = [
      ...track.history.filter((one) => time - one.time <= BASELINE_MS),
      { time, probabilities: raw },
    ];
    const own = track.baseline ? adjusted(raw, track.baseline) : raw;
    const slower = share(smoothing);
    track.probabilities = new Map(
      [...own].map(([label, value]) => [label, mix(track.probabilities.get(label) ?? value, value, slower)]),
    );
    const [best] = predictionsIn(track.probabilities);
    const current = track.probabilities.get(track.label) ?? 0;
    if (best && best.probability > current + hysteresis) track.label = best.label;
    track.seen = time;
    track.found = face;
  }
}

function probabilitiesOf({ predictions }: FaceExpression): Map<string, number> {
  return new Map(predictions.map(({ label, probability }) => [label, probability]));
}

function predictionsIn(probabilities: ReadonlyMap<string, number>): Prediction[] {
  return ranked([...probabilities.keys()], [...probabilities.values()]);
}

function adjusted(
  own: ReadonlyMap<string, number>,
  baseline: ReadonlyMap<string, number>,
): Map<string, number> {
  const labels = [...own.keys()];
  const neutral = labels.findIndex((label) => label.toLowerCase() === 'neutral');
  if (neutral < 0) return new Map(own);
  const values = relativeTo(
    labels.map((label) => own.get(label) ?? 0),
    labels.map((label) => baseline.get(label) ?? 0),
    neutral,
  );
  return new Map(labels.map((label, i) => [label, values[i] as number]));
}

function centerOf({ left, top, width, height }: FaceBox): { x: number; y: number } {
  return { x: left + width / 2, y: top + height / 2 };
}

/** Returns the box of a track, moved to where its motion leads. */
function moved({ found: { box }, velocity, seen }: Track, time: number): FaceBox {
  const elapsed = time - seen;
  return { ...box, left: box.left + velocity.x * elapsed, top: box.top + velocity.y * elapsed };
}

/**
 * Returns a cost that is higher the less likely two boxes are the same face; null if they are too far apart or differ
 * too much in size.
 */
function costOf(expected: FaceBox, box: FaceBox): number | null {
  const side = Math.max(expected.width, box.width);
  const ratio = side / Math.min(expected.width, box.width);
  const [a, b] = [centerOf(expected), centerOf(box)];
  const distance = Math.hypot(a.x - b.x, a.y - b.y) / side;
  if (distance > FARTHEST || ratio > LARGEST_RATIO) return null;
  return distance + Math.log(ratio) + 0.5 * (1 - overlap(expected, box));
}

function resultOf(track: Track): TrackedFace {
  const { id, box, keypoints, label, probabilities, baseline, found } = track;
  return {
    id,
    box,
    keypoints,
    predictions: predictionsIn(probabilities),
    label,
    probability: probabilities.get(label) ?? 0,
    hasBaseline: baseline !== null,
    found,
  };
}
