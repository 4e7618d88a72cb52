import { useEffect, useState } from 'preact/hooks';
import { path } from '../app/router.ts';
import { messageOf } from '../lib/errors.ts';
import { Notice } from '../ui/pieces.tsx';
import { solvedIn } from './exercises/progress.ts';
import type { Lesson } from './lesson.ts';
import { LessonPage } from './lesson-page.tsx';
import { hasLesson, LESSONS, loadLesson } from './lessons.ts';

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
  const lesson = useLesson(slug);
  const solved = solvedIn(slug);
  return (
    <a class="panel card" href={`#/lessons/${slug}`} data-testid={`card-${slug}`}>
      <div class="picture">{lesson && 'Picture' in lesson && <lesson.Picture />}</div>
      <h2>
        <span class="soft">{number}</span> {title}
      </h2>
      <p class="soft">{lesson && 'teaser' in lesson ? lesson.teaser : ''}</p>
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
  return <LessonPage lesson={lesson} />;
}

function useLesson(slug: string): Lesson | { problem: string } | null {
  const [lesson, set] = useState<Lesson | { problem: string } | null>(null);
  useEffect(() => {
    let isGone = false;
    loadLesson(slug).then(
      (loaded) => isGone || set(loaded),
      (error) => isGone || set({ problem: messageOf(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [slug]);
  return lesson;
}
