import { path } from '../app/router.ts';
import { Notice } from '../ui/pieces.tsx';
import { solvedIn } from './exercises/progress.ts';
import { LessonPage } from './lesson-page.tsx';
import { hasLesson, LESSONS } from './lessons.ts';
import { useLesson } from './use-lesson.ts';

/** `#/lessons` is the course, `#/lessons/<slug>` one lesson. */
export function LessonsView() {
  const [, slug] = path.value.split('/');
  return slug ? <OneLesson key={slug} slug={slug} /> : <Course />;
}

function Course() {
  return (
    <>
      <div class="page-head">
        <h1>How a small network computes</h1>
        <p>
          {LESSONS.length} lessons on the ideas inside a lightweight convolutional network. Each has the real
          kernel, an interactive figure that runs on your GPU, a gradient check, three exercises, a switch
          that breaks the idea, and three questions.
        </p>
        <p>
          <a href="#/course">The course page</a> has aims, minutes and progress, also in German, with
          hand-outs and notes for teachers. <a href="#/network">The network page</a> leads through a whole
          network, down to the arithmetic of one number.
        </p>
      </div>
      <ol class="course">
        {LESSONS.filter(({ slug }) => hasLesson(slug)).map(({ slug, title }) => (
          <li key={slug}>
            <Card slug={slug} title={title} number={LESSONS.findIndex((one) => one.slug === slug) + 1} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Card({ slug, title, number }: { slug: string; title: string; number: number }) {
  const opened = useLesson(slug);
  const lesson = opened && 'lesson' in opened ? opened.lesson : null;
  const solved = solvedIn(slug);
  return (
    <a class="panel card" href={`#/lessons/${slug}`} data-testid={`card-${slug}`}>
      <div class="picture">{lesson && <lesson.Picture />}</div>
      <h2>
        <span class="soft">{number}</span> {lesson?.title ?? title}
      </h2>
      <p class="soft">{lesson?.teaser}</p>
      {solved > 0 && (
        <p class="small soft">
          {solved} {solved === 1 ? 'exercise' : 'exercises'} solved
        </p>
      )}
    </a>
  );
}

function OneLesson({ slug }: { slug: string }) {
  const lesson = useLesson(slug);
  if (!lesson) return <p class="soft">Loading …</p>;
  if ('problem' in lesson) {
    return (
      <Notice title="This lesson could not be opened" kind="bad" testId="problem">
        <p>{lesson.problem}</p>
        <p>
          <a href="#/lessons">All lessons</a>
        </p>
      </Notice>
    );
  }
  return <LessonPage {...lesson} />;
}
