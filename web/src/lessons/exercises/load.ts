import type { AnyExercise } from './exercise.ts';

const files = import.meta.glob<{ exercises: readonly AnyExercise[] }>('../*/exercises.ts');

/** Loads the exercises of a lesson. */
export async function loadExercises(slug: string): Promise<readonly AnyExercise[]> {
  const load = files[`../${slug}/exercises.ts`];
  return load ? (await load()).exercises : [];
}
