import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../lib/errors.ts';
import { language } from '../text/language.ts';
import { type OpenedLesson, openLesson } from './lessons.ts';

/** Loads a lesson in the chosen language; null until it is loaded. */
export function useLesson(slug: string): OpenedLesson | { problem: string } | null {
  const [lesson, set] = useState<OpenedLesson | { problem: string } | null>(null);
  const wanted = language.value;
  useEffect(() => {
    let isGone = false;
    openLesson(slug, wanted).then(
      (loaded) => isGone || set(loaded),
      (error) => isGone || set({ problem: messageOf(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [slug, wanted]);
  return lesson;
}
