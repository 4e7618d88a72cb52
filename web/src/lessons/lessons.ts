import type { Lesson } from './lesson.ts';
import { LESSONS } from './plan.ts';

export { LESSONS, type LessonEntry, numberOfLesson } from './plan.ts';

const files = import.meta.glob<{ lesson: Lesson }>('./*/lesson.tsx');

/** Returns whether there is a lesson with this slug. */
export const hasLesson = (slug: string): boolean => `./${slug}/lesson.tsx` in files;

/** @throws Error when there is no such lesson, or its files cannot be loaded */
export async function loadLesson(slug: string): Promise<Lesson> {
  const load = files[`./${slug}/lesson.tsx`];
  if (!load) {
    throw new Error(
      `There is no lesson “${slug}”. There are: ${LESSONS.map((one) => one.slug)
        .filter(hasLesson)
        .join(', ')}.`,
    );
  }
  return (await load()).lesson;
}
