import { computed, effect, signal } from '@preact/signals';
import { transfer } from 'comlink';
import { messageOf } from '../lib/errors.ts';
import { unreadable } from '../lib/unreadable.ts';
import { engine } from './engine.ts';
import type { Seen } from './messages.ts';
import { isBusy, progress } from './run.ts';
import { modelVersion, problem, project } from './store.ts';
import { sureFrom } from './sure.ts';

// What the live panel shows: the camera or a picture, and what the network says about it now.

/** Milliseconds between two looks at a picture during training. */
const LOOK_EVERY = 400;

export const seen = signal<Seen>({ kind: 'none' });
export const picture = signal<{ bitmap: ImageBitmap; name: string } | null>(null);
/** whether a picture or frame is with the network */
let isLooking = false;
let isWaiting = false;

/** Shows a picture file. Errors appear on the page. */
export async function showPicture(file: Blob, name: string): Promise<void> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    picture.peek()?.bitmap.close();
    picture.value = { bitmap, name };
    seen.value = { kind: 'none' }; // the answer for the picture before is not shown beside this one
    problem.value = null;
    await lookAtPicture();
  } catch {
    problem.value = unreadable({ name, type: file.type });
  }
}

export function hidePicture(): void {
  picture.peek()?.bitmap.close();
  picture.value = null;
  seen.value = { kind: 'none' };
}

/** Runs the network on the picture, and once more if something has changed meanwhile. */
export async function lookAtPicture(): Promise<void> {
  isWaiting = true;
  if (isLooking) return;
  isLooking = true;
  try {
    while (isWaiting) {
      isWaiting = false;
      const now = picture.peek();
      if (!now) return;
      const copy = await createImageBitmap(now.bitmap);
      const answer = await engine().see(transfer(copy, [copy]), project.peek().subject);
      if (picture.peek() === now) seen.value = answer;
    }
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    isLooking = false;
  }
}

/** Runs the network on a frame of the camera; frames that arrive while it is busy are dropped. */
export async function lookAtVideo(video: HTMLVideoElement): Promise<void> {
  if (isLooking || picture.peek() || video.videoWidth === 0) return;
  isLooking = true;
  try {
    const bitmap = await createImageBitmap(video);
    seen.value = await engine().see(transfer(bitmap, [bitmap]), project.peek().subject);
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    isLooking = false;
  }
}

let last = 0;
// the picture is looked at again while the network changes
effect(() => {
  progress.value;
  if (performance.now() - last < LOOK_EVERY) return;
  last = performance.now();
  void lookAtPicture();
});
const projectId = computed(() => project.value.id);
// an answer of another project's network is not shown
effect(() => {
  projectId.value;
  seen.value = { kind: 'none' };
});
effect(() => {
  modelVersion.value;
  project.value.subject;
  void lookAtPicture();
});

/** The answer in large letters, and whether it names a class. */
export function answerOf(now: Seen): { text: string; isClass: boolean } {
  if (now.kind === 'none') return { text: 'Nothing yet', isClass: false };
  if (now.kind === 'no-face') return { text: 'No face', isClass: false };
  const best = now.probabilities.indexOf(Math.max(...now.probabilities));
  const sure = sureFrom(isBusy.value ? null : project.value.result?.sure); // that of a run is known at its end
  const isSure = !now.isStrange && (now.probabilities[best] ?? 0) >= sure;
  return isSure ? { text: now.classNames[best] ?? '', isClass: true } : { text: 'Not sure', isClass: false };
}
