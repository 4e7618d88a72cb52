import { useEffect, useState } from 'preact/hooks';
import type { LessonCourse } from '../course/lesson-course.ts';
import { loadCourse } from '../course/load.ts';

/** The summary of a lesson and further reading, loaded with the page's last part. */
export function CourseParts({ slug }: { slug: string }) {
  const [course, set] = useState<LessonCourse | null>(null);
  useEffect(() => {
    let isGone = false;
    loadCourse(slug).then(
      (loaded) => isGone || set(loaded),
      () => {}, // offline: the sources below remain
    );
    return () => {
      isGone = true;
    };
  }, [slug]);
  if (!course) return null;
  return (
    <div class="stack" lang="en" data-testid="summary">
      <ul class="bullets">
        {course.takeaways.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <ul class="sources">
        {course.reading.map(({ text, href }) => (
          <li key={text}>
            <a href={href}>{text}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
