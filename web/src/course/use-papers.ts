import { useEffect, useState } from 'preact/hooks';
import type { AnyExercise } from '../lessons/exercises/exercise.ts';
import { loadExercises } from '../lessons/exercises/load.ts';
import { type OpenedLesson, openLesson } from '../lessons/lessons.ts';
import { messageOf } from '../lib/errors.ts';
import { language } from '../text/language.ts';
import type { LessonCourse } from './lesson-course.ts';
import { loadCourse } from './load.ts';

/** Everything that a hand-out or the teacher's notes print. */
export interface Papers extends Pick<OpenedLesson, 'lesson' | 'texts' | 'language'> {
  exercises: readonly AnyExercise[];
  course: LessonCourse;
}

/** Loads the texts of a lesson in the chosen language, or in English if the lesson has no translation. */
export function usePapers(slug: string): Papers | { problem: string } | null {
  const [papers, set] = useState<Papers | { problem: string } | null>(null);
  const wanted = language.value;
  useEffect(() => {
    let isGone = false;
    const load = async (): Promise<Papers> => {
      const { lesson, texts, language } = await openLesson(slug, wanted);
      const [exercises, course] = await Promise.all([loadExercises(slug, language), loadCourse(slug, texts)]);
      return { lesson, texts, language, exercises, course };
    };
    load().then(
      (loaded) => isGone || set(loaded),
      (error) => isGone || set({ problem: messageOf(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [slug, wanted]);
  return papers;
}
