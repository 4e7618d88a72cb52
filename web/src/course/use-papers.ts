import { useEffect, useState } from 'preact/hooks';
import type { AnyExercise } from '../lessons/exercises/exercise.ts';
import { loadExercises } from '../lessons/exercises/load.ts';
import type { Lesson } from '../lessons/lesson.ts';
import { loadLesson } from '../lessons/lessons.ts';
import { messageOf } from '../lib/errors.ts';
import { en } from '../text/en.ts';
import type { LessonCourse } from './lesson-course.ts';
import { loadCourse } from './load.ts';

/** Everything that a hand-out or the teacher's notes print. */
export interface Papers {
  lesson: Lesson;
  exercises: readonly AnyExercise[];
  course: LessonCourse;
  aims: readonly string[];
}

/** Loads the texts of a lesson, all of them in English. */
export function usePapers(slug: string): Papers | { problem: string } | null {
  const [papers, set] = useState<Papers | { problem: string } | null>(null);
  useEffect(() => {
    let isGone = false;
    Promise.all([loadLesson(slug), loadExercises(slug, 'en'), loadCourse(slug)]).then(
      ([lesson, exercises, course]) => {
        const { aims } = en.lessons[slug as keyof typeof en.lessons];
        if (!isGone) set({ lesson, exercises, course, aims: Object.values(aims) });
      },
      (error) => {
        if (!isGone) set({ problem: messageOf(error) });
      },
    );
    return () => {
      isGone = true;
    };
  }, [slug]);
  return papers;
}
