import type { Texts } from '../text/en.ts';
import { type Language, textsOf } from '../text/language.ts';
import type { Lesson } from './lesson.ts';
import { LESSONS } from './plan.ts';

export { LESSONS, type LessonEntry, numberOfLesson } from './plan.ts';

/** A lesson in English, or one whose texts are in the catalogs. */
type LessonModule = { lesson: Lesson } | { lessonIn(texts: Texts, language: Language): Lesson };

const files = import.meta.glob<LessonModule>('./*/lesson.tsx');

/** A lesson with the texts around it, in the same language. */
export interface OpenedLesson {
  lesson: Lesson;
  texts: Texts;
  language: Language;
  /** whether there are translations */
  isTranslated: boolean;
}

/** Returns whether there is a lesson with this slug. */
export const hasLesson = (slug: string): boolean => `./${slug}/lesson.tsx` in files;

/**
 * Loads a lesson, in English if it has no translation.
 * @throws Error when there is no such lesson, or its files cannot be loaded
 */
export async function openLesson(slug: string, wanted: Language): Promise<OpenedLesson> {
  const load = files[`./${slug}/lesson.tsx`];
  if (!load) {
    throw new Error(
      `There is no lesson “${slug}”. There are: ${LESSONS.map((one) => one.slug)
        .filter(hasLesson)
        .join(', ')}.`,
    );
  }
  const module = await load();
  const isTranslated = 'lessonIn' in module;
  const language = isTranslated ? wanted : 'en';
  const texts = await textsOf(language);
  const lesson = 'lessonIn' in module ? module.lessonIn(texts, language) : module.lesson;
  return { lesson, texts, language, isTranslated };
}

/** Loads a lesson in English. */
export const loadLesson = async (slug: string): Promise<Lesson> => (await openLesson(slug, 'en')).lesson;
