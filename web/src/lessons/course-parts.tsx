import { useEffect, useState } from 'preact/hooks';
import type { LessonCourse } from '../course/lesson-course.ts';
import { loadCourse } from '../course/load.ts';
import type { Texts } from '../text/en.ts';

/** The summary of a lesson and further reading, loaded with the page's last part. */
export function CourseParts({ slug, texts }: { slug: string; texts: Texts }) {
  const [course, set] = useState<LessonCourse | null>(null);
  useEffect(() => {
    let isGone = false;
    loadCourse(slug, texts).then(
      (loaded) => isGone || set(loaded),
      () => {}, // offline: the sources below remain
    );
    return () => {
      isGone = true;
    };
  }, [slug, texts]);
  if (!course) return null;
  return (
    <div class="stack" data-testid="summary">
      <ul class="bullets">
        {course.takeaways.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <ul class="sources" lang="en">
        {course.reading.map(({ text, href }) => (
          <li key={text}>
            <a href={href}>{text}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
