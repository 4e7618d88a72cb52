import type { ComponentChildren } from 'preact';
import { usePartHead } from '../app/head.ts';
import { LESSONS, numberOfLesson } from '../lessons/lessons.ts';
import { Notice } from '../ui/pieces.tsx';
import { type Papers, usePapers } from './use-papers.ts';

/** The frame of a page that is meant to be printed. */
export function Paper(props: {
  slug: string;
  kind: string;
  children: (papers: Papers) => ComponentChildren;
}) {
  const { slug, kind, children } = props;
  const papers = usePapers(slug);
  const title = papers && 'lesson' in papers ? papers.lesson.title : '';
  usePartHead(`${kind}: ${title}`, '');
  if (!papers) return <p class="soft">Loading …</p>;
  if ('problem' in papers) {
    return (
      <Notice title="This page could not be opened" kind="bad" testId="problem">
        <p>{papers.problem}</p>
        <p>
          <a href="#/course">The course</a>
        </p>
      </Notice>
    );
  }
  const { minutes, before } = LESSONS[numberOfLesson(slug) - 1] ?? { minutes: 0, before: [] };
  const titles = before.map((one) => LESSONS[numberOfLesson(one) - 1]?.title);
  return (
    <article class="paper" data-testid="paper">
      <nav class="paper-tools" aria-label="Course">
        <a href="#/course">The course</a>
        <a href={`#/lessons/${slug}`}>The lesson</a>
        <button type="button" class="button primary" onClick={() => print()}>
          Print
        </button>
      </nav>
      <header>
        <p class="soft small">
          {kind} · lesson {numberOfLesson(slug)} · {minutes} minutes
        </p>
        <h1>{title}</h1>
        <p>
          {titles.length > 0 ? `Read before: ${titles.join('; ')}.` : 'Needs no other lesson of the course.'}
        </p>
      </header>
      <section>
        <h2>Aims</h2>
        <ul class="bullets">
          {papers.aims.map((aim) => (
            <li key={aim}>You can {aim}.</li>
          ))}
        </ul>
      </section>
      {children(papers)}
    </article>
  );
}
