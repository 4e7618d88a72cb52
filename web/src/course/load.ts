import type { LessonCourse } from './lesson-course.ts';

const files = import.meta.glob<{ course: LessonCourse }>('../lessons/*/course.ts');

/** Loads the course texts of a lesson. */
export async function loadCourse(slug: string): Promise<LessonCourse> {
  const load = files[`../lessons/${slug}/course.ts`];
  if (!load) throw new Error(`The lesson “${slug}” has no course texts.`);
  return (await load()).course;
}
