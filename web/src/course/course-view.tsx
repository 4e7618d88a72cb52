import '../styles/course.css';
import { useState } from 'preact/hooks';
import { usePartHead } from '../app/head.ts';
import { path } from '../app/router.ts';
import { completedAt, forgetAll, solvedIn } from '../lessons/exercises/progress.ts';
import { LESSONS, type LessonEntry, numberOfLesson } from '../lessons/lessons.ts';
import type { Texts } from '../text/en.ts';
import { dateText, fill, type Language, useTexts } from '../text/language.ts';
import { LanguageChoice } from '../text/language-choice.tsx';
import { Handout } from './handout.tsx';
import { TeacherNotes } from './teacher-notes.tsx';

/** `#/course` is the course, `#/course/handout/<slug>` a hand-out, `#/course/notes/<slug>` the teacher's notes. */
export function CourseView() {
  const [, kind, slug] = path.value.split('/');
  if (kind === 'handout' && slug) return <Handout key={slug} slug={slug} />;
  if (kind === 'notes' && slug) return <TeacherNotes key={slug} slug={slug} />;
  return <Course />;
}

function Course() {
  const loaded = useTexts();
  usePartHead(loaded?.texts.course.title ?? 'Course', loaded?.texts.course.intro ?? '');
  if (!loaded) return <p class="soft">Loading …</p>;
  const { texts, language } = loaded;
  const { course } = texts;
  const total = LESSONS.reduce((sum, { exercises }) => sum + exercises, 0);
  const solved = LESSONS.reduce((sum, { slug, exercises }) => sum + Math.min(exercises, solvedIn(slug)), 0);
  const hours = Math.round(LESSONS.reduce((sum, { minutes }) => sum + minutes, 0) / 60);
  return (
    <div lang={language}>
      <div class="page-head">
        <LanguageChoice />
        <h1>{course.title}</h1>
        <p>{course.intro}</p>
        <p>{fill(course.sum, { lessons: LESSONS.length, hours }, language)}</p>
      </div>
      <div class="course-progress">
        <progress max={total} value={solved} aria-label={fill(course.solved, { solved, total }, language)} />
        <p data-testid="course-progress">{fill(course.progress, { solved, total }, language)}</p>
        {solved > 0 && <ClearButton course={course} />}
      </div>
      <ol class="course-list" data-testid="course-list">
        {LESSONS.map((lesson) => (
          <Item key={lesson.slug} lesson={lesson} texts={texts} language={language} />
        ))}
      </ol>
      <section class="panel">
        <h2>{course.forTeachers}</h2>
        <p>{course.forTeachersText}</p>
      </section>
    </div>
  );
}

function Item({ lesson, texts, language }: { lesson: LessonEntry; texts: Texts; language: Language }) {
  const { slug, minutes, before, exercises } = lesson;
  const { course, lessons } = texts;
  const of = (one: string) => lessons[one as keyof Texts['lessons']];
  const { title, aims } = of(slug);
  const solved = Math.min(exercises, solvedIn(slug));
  const done = completedAt(slug, exercises);
  return (
    <li class="panel" data-testid={`course-${slug}`}>
      <p class="small soft">
        {fill(course.lesson, { number: numberOfLesson(slug) }, language)} ·{' '}
        {fill(course.minutes, { minutes }, language)}
      </p>
      <h2>
        <a href={`#/lessons/${slug}`}>{title}</a>
      </h2>
      <div class="course-facts">
        <div>
          <h3>{course.aims}</h3>
          <ul class="bullets">
            {Object.values(aims).map((aim) => (
              <li key={aim}>{aim}</li>
            ))}
          </ul>
        </div>
        <div>
          <h3>{course.before}</h3>
          {before.length === 0 ? (
            <p>{course.nothingBefore}</p>
          ) : (
            <ul class="bullets">
              {before.map((one) => (
                <li key={one}>
                  <a href={`#/lessons/${one}`}>{of(one).title}</a>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
      <p class="small">
        {fill(course.solved, { solved, total: exercises }, language)}
        {done !== null && `, ${fill(course.completed, { date: dateText(done, language) }, language)}`}
      </p>
      <p class="links">
        <a href={`#/lessons/${slug}`}>{course.open}</a>
        <a href={`#/course/handout/${slug}`}>{course.handout}</a>
        <a href={`#/course/notes/${slug}`}>{course.notes}</a>
      </p>
    </li>
  );
}

/** Deletes the progress after a second press. */
function ClearButton({ course }: { course: Texts['course'] }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        if (isAsked) forgetAll();
        setAsked(!isAsked);
      }}
    >
      {isAsked ? course.reallyClear : course.clear}
    </button>
  );
}
