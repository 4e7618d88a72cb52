import { computed, signal } from '@preact/signals';
import { proxy, transfer } from 'comlink';
import { gpuName } from '../app/status.ts';
import { messageOf } from '../lib/errors.ts';
import type { Loaded } from '../lib/fetch-shipped.ts';
import { hasShipped } from '../lib/shipped.ts';
import { spawn } from '../lib/spawn.ts';
import { unreadable } from '../lib/unreadable.ts';
import type { Project } from '../studio/project.ts';
import { modelOf as modelOfProject } from '../studio/storage.ts';
import { stopCamera } from './camera.ts';
import type { RecognizeEngine } from './engine.ts';
import engineUrl from './engine.ts?worker&url';
import { keptWeights, projectsWithWeights } from './kept-weights.ts';
import { centered, type Look, windowOf } from './look.ts';
import type { Crop, FaceView, FoundFaces, Looked, ModelFacts, Seen } from './messages.ts';
import { Smoother } from './smoother.ts';

export type WeightsFrom = 'shipped' | 'trained' | 'file' | 'project';

export const noGpu = signal<string | null>(null);
/** why the network runs on the CPU; null on a GPU */
export const onCpu = signal<string | null>(null);
export const model = signal<ModelFacts | null>(null);
/** the origin of the weights, as the page shows it */
export const weightsFrom = signal<{ kind: WeightsFrom; about: string } | null>(null);
export const trained = signal<string | null>(null);
/** the same of the run before */
export const previous = signal<string | null>(null);
/** projects of the studio that have weights */
export const projectModels = signal<readonly Project[]>([]);
export const isLoading = signal(false);
/** progress of downloading the built-in weights; null if they are not being downloaded */
export const loaded = signal<Loaded | null>(null);
export const problem = signal<string | null>(null);

export type Source =
  | { kind: 'none' }
  | { kind: 'picture'; bitmap: ImageBitmap; name: string }
  | { kind: 'camera'; stream: MediaStream; width: number; height: number };
export const source = signal<Source>({ kind: 'none' });
export const look = signal<Look>(centered());
export const samples = signal<ImageData[]>([]);

export const seen = signal<Seen | null>(null);
/** the shown probabilities: the newest, or smoothed over time for the camera */
export const shown = signal<Float32Array | null>(null);
/** faces of the picture; empty if there are none, or while the guide is used */
export const faces = signal<readonly FaceView[]>([]);
/** time of each stage for the latest picture, in milliseconds */
export const times = signal<FoundFaces['times'] | null>(null);
/** whether the user places the face under the guide instead of letting the page find faces */
export const useGuide = signal(false);
export const largestOnly = signal(false);
/** whether a search for faces in the picture found none */
export const noFace = signal(false);
/** whether the first search for faces in an image is running */
export const isSearching = signal(false);
export const framesPerSecond = signal<number | null>(null);
/** time constant of the smoothing for the camera, in seconds */
export const smoothing = signal(0.6);

export const size = computed<[number, number]>(() => {
  const now = source.value;
  if (now.kind === 'picture') return [now.bitmap.width, now.bitmap.height];
  return now.kind === 'camera' ? [now.width, now.height] : [1, 1];
});
export const crop = computed<Crop>(() => windowOf(look.value, size.value));

const { remote } = spawn<RecognizeEngine>(engineUrl);
const smoother = new Smoother();

/** Opens the GPU, if there is one, and loads weights: the built-in ones, otherwise those trained here. */
export async function open(): Promise<void> {
  try {
    const opened = await remote.open();
    gpuName.value = opened.gpu;
    onCpu.value = opened.gpu === null ? opened.why : null;
    if (onCpu.peek() !== null) useGuide.value = true; // finding faces needs WebGPU
    noGpu.value = null;
  } catch (error) {
    noGpu.value = messageOf(error);
    return;
  }
  const isFirst = weightsFrom.peek() === null;
  const shipping = isFirst && hasShipped ? useShipped() : null; // the download runs while the rest is read
  const kept = await keptWeights();
  trained.value = kept?.about ?? null;
  previous.value = (await keptWeights('previous'))?.about ?? null;
  projectModels.value = await projectsWithWeights();
  if (samples.peek().length === 0 && onCpu.peek() === null) samples.value = await remote.samples(8);
  await shipping;
  if (isFirst && !hasShipped && kept) await useTrained();
  else if (weightsFrom.peek()?.kind === 'trained') await useTrained(); // there may be newer ones
}

export const useShipped = () =>
  load('shipped', 'built-in (FER+)', async () => {
    let isLoaded = false;
    const onProgress = proxy((now: Loaded) => {
      if (!isLoaded) loaded.value = now; // reports may arrive after the result
    });
    try {
      return await remote.loadShipped(onProgress);
    } finally {
      isLoaded = true;
      loaded.value = null;
    }
  });

export const useTrained = () =>
  load('trained', 'trained here', async () => {
    const kept = await keptWeights();
    if (!kept) throw new Error('Nothing has been trained here yet.');
    const facts = await remote.load(kept.bytes);
    trained.value = kept.about;
    return facts;
  });

export const usePrevious = () =>
  load('project', 'trained here before', async () => {
    const kept = await keptWeights('previous');
    if (!kept) throw new Error('There are no earlier weights.');
    return remote.load(kept.bytes);
  });

/** Uses the weights of a project of the studio. */
export const useProject = (id: string) =>
  load('project', projectModels.peek().find((one) => one.id === id)?.name ?? 'project', async () => {
    const kept = await modelOfProject(id);
    if (!kept) throw new Error('The project or its weights have been deleted.');
    return remote.load(kept.bytes);
  });

export const useFile = (file: File) =>
  load('file', file.name, async () => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return remote.load(transfer(bytes, [bytes.buffer]));
  });

async function load(kind: WeightsFrom, about: string, get: () => Promise<ModelFacts>): Promise<void> {
  isLoading.value = true;
  problem.value = null;
  try {
    const wasForAnything = isForAnything(model.peek());
    model.value = await get();
    weightsFrom.value = { kind, about };
    // a network for anything else than faces receives the square that the user chooses
    if (isForAnything(model.peek())) setUseGuide(true);
    else if (wasForAnything) setUseGuide(onCpu.peek() !== null);
    shown.value = null;
    smoother.reset();
    lookAgain();
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    isLoading.value = false;
  }
}

let requests = 0;

/**
 * Starts a request for a new image. Returns a function that says whether the request is outdated: a later one has begun,
 * or the page was left.
 */
export function request(): () => boolean {
  const own = ++requests;
  return () => own !== requests;
}
/** Whether a network was trained on pictures of anything, in the studio. */
export const isForAnything = (facts: ModelFacts | null): boolean => facts?.metadata.subject === 'anything';

/** Shows an image file. Errors appear on the page. */
export async function usePicture(file: Blob, name: string): Promise<void> {
  const isOutdated = request();
  try {
    const whole = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const shrink = Math.min(1, 1920 / Math.max(whole.width, whole.height));
    const bitmap =
      shrink === 1
        ? whole
        : await createImageBitmap(whole, {
            resizeWidth: Math.round(whole.width * shrink),
            resizeHeight: Math.round(whole.height * shrink),
            resizeQuality: 'high',
          });
    if (isOutdated()) return bitmap.close();
    show({ kind: 'picture', bitmap, name });
  } catch {
    if (isOutdated()) return;
    problem.value = unreadable({ name, type: file.type });
  }
}

export async function useSample(index: number): Promise<void> {
  const image = samples.peek()[index];
  if (!image) return;
  const isOutdated = request();
  const bitmap = await createImageBitmap(image);
  if (isOutdated()) return bitmap.close();
  show({ kind: 'picture', bitmap, name: `sample ${index + 1}` });
}

export function show(next: Source): void {
  const before = source.peek();
  if (before.kind === 'camera') stopCamera(before.stream);
  if (before.kind === 'picture' && before !== next) before.bitmap.close();
  problem.value = null;
  shown.value = null;
  seen.value = null;
  framesPerSecond.value = null;
  forgetFaces();
  isSearching.value = next.kind !== 'none' && !useGuide.peek();
  smoother.reset();
  look.value = centered();
  source.value = next;
  lookAgain();
}

let waiting = false;
let busy = false;

/** Uses the last three seconds as the neutral expression of a face; null removes all baselines. */
export const setBaseline = (id: number | null) => remote.setBaseline(id);

/** Switches between finding faces and the guide. */
export function setUseGuide(use: boolean): void {
  useGuide.value = use;
  forgetFaces();
  isSearching.value = !use && source.peek().kind !== 'none';
  lookAgain();
}

export function setLargestOnly(only: boolean): void {
  largestOnly.value = only;
  noFace.value = false;
  lookAgain();
}

function forgetFaces(): void {
  faces.value = [];
  times.value = null;
  noFace.value = false;
  isSearching.value = false;
}

function optionsFor(time: number | null) {
  // while a picture is moved under the guide, it is not searched again
  const findFaces = !useGuide.peek() && !(time === null && noFace.peek());
  return { time, findFaces, largestOnly: largestOnly.peek(), smoothing: 1000 * smoothing.peek() };
}

function accept({ found, seen: guided }: Looked, time: number): void {
  isSearching.value = false;
  if (found) {
    noFace.value = found.faces.length === 0;
    times.value = found.times;
  }
  faces.value = found?.faces ?? [];
  seen.value = guided;
  if (!guided) {
    shown.value = null;
    smoother.tick(time);
  } else {
    const isCamera = source.peek().kind === 'camera';
    shown.value = isCamera
      ? smoother.add(guided.probabilities, time, smoothing.peek())
      : guided.probabilities;
  }
  framesPerSecond.value = smoother.rate;
}

/** Runs the network on the image, and again if the crop has moved meanwhile. */
export async function lookAgain(): Promise<void> {
  const now = source.peek();
  if (now.kind !== 'picture' || !model.peek()) return;
  waiting = true;
  if (busy) return;
  busy = true;
  try {
    while (waiting) {
      waiting = false;
      const copy = await createImageBitmap(now.bitmap);
      const answer = await remote.look(transfer(copy, [copy]), crop.peek(), optionsFor(null));
      if (source.peek() !== now) return;
      if (answer) accept(answer, performance.now());
    }
  } catch (error) {
    isSearching.value = false;
    problem.value = messageOf(error);
  } finally {
    busy = false;
  }
}

/** Runs the network on a camera frame; frames that arrive while it is busy are dropped. */
export async function lookAt(video: HTMLVideoElement): Promise<void> {
  if (busy || !model.peek()) return;
  busy = true;
  try {
    const frame = new VideoFrame(video);
    const options = optionsFor(performance.now());
    const answer = await remote.look(transfer(frame, [frame]), crop.peek(), options);
    if (!answer || source.peek().kind !== 'camera') return;
    accept(answer, performance.now());
  } catch (error) {
    isSearching.value = false;
    problem.value = messageOf(error);
  } finally {
    busy = false;
  }
}
