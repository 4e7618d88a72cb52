import { computed, signal } from '@preact/signals';
import { database, type Shot } from '../lib/storage.ts';
import { offerUndo } from '../ui/undo.ts';

/** Pixels along each side of a shot. */
const SHOT_SIDE = 128;
const FIRST_CLASSES = ['Happy', 'Neutral', 'Surprise'];
const KEY = 'feathergrad-shot-classes';

/** Classes of the shots, in order. */
export const shotClasses = signal<string[]>(storedClasses());
/** all shots, including those of earlier visits */
export const shots = signal<Shot[]>([]);
export const shotCounts = computed(() =>
  shotClasses.value.map((name) => shots.value.filter(({ label }) => label === name).length),
);

export async function loadShots(): Promise<void> {
  shots.value = await (await database()).getAll('shots');
}

/** Stores the central square of a video frame. */
export async function takeShot(video: HTMLVideoElement, label: string): Promise<void> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return; // the camera has not started
  const size = Math.min(width, height);
  const canvas = new OffscreenCanvas(SHOT_SIDE, SHOT_SIDE);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  context.imageSmoothingQuality = 'high';
  context.drawImage(video, (width - size) / 2, (height - size) / 2, size, size, 0, 0, SHOT_SIDE, SHOT_SIDE);
  const { data } = context.getImageData(0, 0, SHOT_SIDE, SHOT_SIDE);
  const shot: Shot = { label, side: SHOT_SIDE, data };
  shot.id = await (await database()).add('shots', shot);
  shots.value = [...shots.peek(), shot];
}

async function forgetShots(which: (shot: Shot) => boolean): Promise<Shot[]> {
  const db = await database();
  const removed = shots.peek().filter(which);
  shots.value = shots.peek().filter((shot) => !removed.includes(shot));
  for (const { id } of removed) if (id !== undefined) await db.delete('shots', id);
  return removed;
}

/** Adds a class. Returns null, or the reason why it cannot be added. */
export function addClass(name: string): string | null {
  const tidy = name.trim();
  if (tidy === '') return 'Enter a name for the class.';
  if (shotClasses.peek().some((known) => known.toLowerCase() === tidy.toLowerCase())) {
    return `A class called “${tidy}” already exists.`;
  }
  store([...shotClasses.peek(), tidy]);
  return null;
}

/** Deletes a class with its shots; this can be undone. */
export async function removeClass(name: string): Promise<void> {
  const at = shotClasses.peek().indexOf(name);
  const removed = await forgetShots((shot) => shot.label === name);
  store(shotClasses.peek().filter((known) => known !== name));
  offerUndo(`Deleted “${name}” with ${removed.length} shots`, async () => {
    const now = shotClasses.peek();
    if (!now.includes(name)) store([...now.slice(0, at), name, ...now.slice(at)]);
    await restoreShots(removed);
  });
}

/** Deletes the latest shot of a class; this can be undone. */
export async function removeLastShot(name: string): Promise<void> {
  const last = shots.peek().findLast(({ label }) => label === name);
  if (!last) return;
  const removed = await forgetShots((shot) => shot === last);
  offerUndo(`Deleted the latest shot of “${name}”`, () => restoreShots(removed));
}

async function restoreShots(removed: readonly Shot[]): Promise<void> {
  const db = await database();
  for (const shot of removed) await db.put('shots', shot);
  shots.value = [...shots.peek(), ...removed].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

function store(names: string[]): void {
  shotClasses.value = names;
  try {
    localStorage.setItem(KEY, JSON.stringify(names));
  } catch {
    // without storage the classes last until the page is closed
  }
}

function storedClasses(): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  } catch {
    // as above
  }
  return FIRST_CLASSES;
}
