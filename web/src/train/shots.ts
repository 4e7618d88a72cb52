import { computed, signal } from '@preact/signals';
import { database, type Shot } from '../lib/storage.ts';

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

async function forgetShots(label: string): Promise<void> {
  const db = await database();
  const removed = shots.peek().filter((shot) => shot.label === label);
  for (const { id } of removed) if (id !== undefined) await db.delete('shots', id);
  shots.value = shots.peek().filter((shot) => shot.label !== label);
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

export async function removeClass(name: string): Promise<void> {
  await forgetShots(name);
  store(shotClasses.peek().filter((known) => known !== name));
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
