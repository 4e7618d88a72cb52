import type { Texts } from '../../text/en.ts';
import { type Language, textsOf } from '../../text/language.ts';
import type { AnyExercise } from './exercise.ts';

type ExercisesModule =
  | { exercises: readonly AnyExercise[] }
  | { exercisesIn(texts: Texts): readonly AnyExercise[] };

const files = import.meta.glob<ExercisesModule>('../*/exercises.ts');

/** Loads the exercises of a lesson, in English if they have no translation. */
export async function loadExercises(slug: string, language: Language): Promise<readonly AnyExercise[]> {
  const load = files[`../${slug}/exercises.ts`];
  if (!load) return [];
  const module = await load();
  return 'exercises' in module ? module.exercises : module.exercisesIn(await textsOf(language));
}
