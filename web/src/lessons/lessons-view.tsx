import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { path } from '../app/router.ts';
import { language } from '../text/language.ts';
import { Notice } from '../ui/pieces.tsx';
import { solvedIn } from './exercises/progress.ts';
import { LessonPage } from './lesson-page.tsx';
import { hasLesson, LESSONS, type LessonEntry, numberOfLesson } from './lessons.ts';
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
        {LESSONS.filter(({ slug }) => hasLesson(slug)).map((entry) => (
          <li key={entry.slug}>
            <Card entry={entry} number={numberOfLesson(entry.slug)} />
          </li>
        ))}
      </ol>
    </>
  );
}

const pictures = import.meta.glob<ComponentType>('./*/picture.tsx', { import: 'Picture' });

interface CardProps {
  entry: LessonEntry;
  number: number;
}

/** A card in the chosen language, if the lesson has it. In English the lessons themselves are not loaded for the list. */
const Card = (props: CardProps) =>
  language.value !== 'en' && props.entry.isTranslated ? <TranslatedCard {...props} /> : <CardOf {...props} />;

function TranslatedCard({ entry, number }: CardProps) {
  const opened = useLesson(entry.slug);
  const { title, teaser } = opened && 'lesson' in opened ? opened.lesson : entry;
  return <CardOf entry={{ ...entry, title, teaser }} number={number} />;
}

function CardOf({ entry: { slug, title, teaser }, number }: CardProps) {
  const [Picture, setPicture] = useState<ComponentType | null>(null);
  const solved = solvedIn(slug);
  useEffect(() => {
    pictures[`./${slug}/picture.tsx`]?.().then(
      (loaded) => setPicture(() => loaded),
      () => {}, // a card can be used without its picture
    );
  }, [slug]);
  return (
    <a class="panel card" href={`#/lessons/${slug}`} data-testid={`card-${slug}`}>
      <div class="picture">{Picture && <Picture />}</div>
      <h2>
        <span class="soft">{number}</span> {title}
      </h2>
      <p class="soft">{teaser}</p>
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
