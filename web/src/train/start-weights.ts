import { signal } from '@preact/signals';
import { transfer } from 'comlink';
import { messageOf } from '../lib/errors.ts';
import { fetchShipped, type Loaded } from '../lib/fetch-shipped.ts';
import type { Settings } from './settings.ts';
import { engine, problem, set, settings } from './store.ts';

// The weights from which a run starts.

/** where the initial weights come from; null for random ones */
export const startedFrom = signal<string | null>(null);
/** input side that these weights were trained at; null if it is not known */
export const trainedAt = signal<number | null>(null);
/** progress of downloading the shipped weights; null if they are not being downloaded */
export const weightsLoaded = signal<Loaded | null>(null);

/** Starts from the weights of a file, which are checked at once. */
export async function useWeights(file: File): Promise<void> {
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    trainedAt.value = await engine.startFrom(transfer(bytes, [bytes.buffer]), settings.peek());
    startedFrom.value = file.name;
    problem.value = null;
  } catch (error) {
    problem.value = `${file.name} can’t be used: ${messageOf(error)}`;
  }
}

/** Starts from the weights that come with feathergrad. */
export async function useShipped(): Promise<void> {
  try {
    const bytes = await fetchShipped((now) => {
      weightsLoaded.value = now;
    });
    trainedAt.value = await engine.startFrom(transfer(bytes, [bytes.buffer]), settings.peek());
    startedFrom.value = 'Shipped weights';
    problem.value = null;
  } catch (error) {
    problem.value = messageOf(error);
  } finally {
    weightsLoaded.value = null;
  }
}

/**
 * Sets what usually works for few images: initial weights at the input side that they were trained at, small batches,
 * augmentation and a fifth for validation.
 */
export async function setUpForFew(images: number): Promise<void> {
  const batch = Math.max(2, Math.min(16, 2 ** Math.floor(Math.log2(images / 5))));
  const epochs = Math.max(10, Math.min(60, Math.ceil((100 * batch) / images)));
  const chosen = { batch, epochs, learningRate: 1e-3, augmentation: 'paper', validationSplit: 0.2 };
  for (const [name, value] of Object.entries(chosen)) set(name as keyof Settings, value);
  await useShipped();
  if (trainedAt.peek() !== null) set('side', trainedAt.peek() as number);
}

export function forgetWeights(): void {
  startedFrom.value = null;
  trainedAt.value = null;
  engine.forgetWeights();
}
