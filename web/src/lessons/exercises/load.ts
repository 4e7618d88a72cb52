import type { Exercise } from './exercise.ts';

const files = import.meta.glob<{ exercises: readonly Exercise[] }>('../*/exercises.ts');

/** Loads the exercises of a lesson. */
export async function loadExercises(slug: string): Promise<readonly Exercise[]> {
  const load = files[`../${slug}/exercises.ts`];
  return load ? (await load()).exercises : [];
}
