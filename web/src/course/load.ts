import type { Texts } from '../text/en.ts';
import type { LessonCourse } from './lesson-course.ts';

/** Course texts in English, or those that are in the catalogs. */
type CourseModule = { course: LessonCourse } | { courseIn(texts: Texts): LessonCourse };

const files = import.meta.glob<CourseModule>('../lessons/*/course.ts');

/** Loads the course texts of a lesson, in English if they have no translation. */
export async function loadCourse(slug: string, texts: Texts): Promise<LessonCourse> {
  const load = files[`../lessons/${slug}/course.ts`];
  if (!load) throw new Error(`The lesson “${slug}” has no course texts.`);
  const module = await load();
  return 'course' in module ? module.course : module.courseIn(texts);
}
