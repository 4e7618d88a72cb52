import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { usePartHead } from '../app/head.ts';
import { theme } from '../app/theme.ts';
import { embedCode } from '../embed/embed-code.ts';
import type { Texts } from '../text/en.ts';
import { fill } from '../text/language.ts';
import { LanguageChoice } from '../text/language-choice.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Check } from './check.tsx';
import { CourseParts } from './course-parts.tsx';
import { Exercises } from './exercises/exercises-view.tsx';
import { KernelText } from './kernel-text.tsx';
import type { Lesson } from './lesson.ts';
import { LESSONS, numberOfLesson, type OpenedLesson } from './lessons.ts';
import { OnDevice } from './on-device.tsx';
import { Switch } from './pieces.tsx';
import { Steps } from './steps.tsx';
import { urlState, useUrlState } from './url-state.ts';
import { WordsContext } from './words.ts';

export type { Lesson } from './lesson.ts';

/** One lesson: idea, interactive figure, kernel, gradient check, switch, questions, sources. */
export function LessonPage({ lesson, texts, language, isTranslated }: OpenedLesson): VNode {
  const { frame, controls } = texts;
  const { title, teaser, summary, steps, Picture, Interactive, description, kernel, check, breakIt } = lesson;
  const figure = useRef<HTMLElement>(null);
  const number = numberOfLesson(lesson.slug);
  usePartHead(title, teaser);
  return (
    <WordsContext.Provider value={{ words: controls, language }}>
      <article class="lesson" lang={language} data-testid={`lesson-${lesson.slug}`}>
        <nav class="small" aria-label={controls.nav.course}>
          <a href="#/lessons">{frame.lessons}</a> · <a href="#/course">{frame.course}</a> ·{' '}
          <a href={`#/course/handout/${lesson.slug}`}>{frame.handout}</a>
        </nav>
        <header class="lesson-head">
          <div>
            <p class="soft small">
              {fill(
                frame.position,
                { number, total: LESSONS.length, minutes: LESSONS[number - 1]?.minutes ?? 0 },
                language,
              )}
            </p>
            <h1>{title}</h1>
            <p class="lead">{teaser}</p>
            <Aims slug={lesson.slug} texts={texts} />
            {isTranslated && <LanguageChoice />}
          </div>
          <div class="picture">
            <Picture />
          </div>
        </header>

        <div class="lesson-walk">
          <div class="lesson-steps">
            {summary.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
            <h2>{frame.steps}</h2>
            <Steps steps={steps} figure={figure} label={frame.show} />
          </div>
          <section
            class="lesson-figure"
            aria-labelledby="part-interactive"
            data-testid="interactive"
            ref={figure}
          >
            <h2 id="part-interactive">{frame.tryIt}</h2>
            <OnDevice slug={lesson.slug} isFirst>
              {(device) => <Interactive device={device} />}
            </OnDevice>
            <CopyButton
              class="plain embed-button"
              says={controls}
              text={() => embedCode(lesson.slug, title, urlState(), theme.peek())}
            >
              {frame.embed}
            </CopyButton>
            <details class="about-figure">
              <summary>{frame.about}</summary>
              <p class="soft">{description}</p>
            </details>
          </section>
        </div>

        <Part title={frame.kernel} testId="kernel">
          <p>{kernel.note}</p>
          <KernelText {...kernel} />
        </Part>

        <Part title={frame.check} testId="check">
          <OnDevice>{(device) => <Check device={device} {...check} />}</OnDevice>
        </Part>

        <Part title={frame.exercises} testId="exercises">
          <OnDevice>{(device) => <Exercises slug={lesson.slug} device={device} />}</OnDevice>
        </Part>

        <Part title={frame.breakIt} testId="break-it">
          <p>{breakIt.text}</p>
          <Breakable {...breakIt} />
        </Part>

        <Part title={frame.questions} testId="questions">
          {lesson.questions.map(({ question, answer }) => (
            <details key={question}>
              <summary>{question}</summary>
              <p>{answer}</p>
            </details>
          ))}
        </Part>

        <Part title={frame.summary} testId="remember">
          <CourseParts slug={lesson.slug} texts={texts} />
        </Part>

        <Part title={frame.sources} testId="sources">
          <ul class="sources" lang="en">
            {lesson.sources.map(({ text, href }) => (
              <li key={text}>{href ? <a href={href}>{text}</a> : text}</li>
            ))}
          </ul>
        </Part>
        <Neighbors number={number} texts={texts} />
      </article>
    </WordsContext.Provider>
  );
}

function Aims({ slug, texts }: { slug: string; texts: Texts }) {
  const { aims } = texts.lessons[slug as keyof Texts['lessons']];
  const before = LESSONS[numberOfLesson(slug) - 1]?.before ?? [];
  return (
    <>
      <p class="small">{texts.course.aims}</p>
      <ul class="bullets small">
        {Object.values(aims).map((aim) => (
          <li key={aim}>{aim}</li>
        ))}
      </ul>
      {before.length > 0 && (
        <p class="small">
          {texts.course.before}:{' '}
          {before.map((one, i) => (
            <span key={one}>
              {i > 0 && ', '}
              <a href={`#/lessons/${one}`}>{texts.lessons[one as keyof Texts['lessons']].title}</a>
            </span>
          ))}
        </p>
      )}
    </>
  );
}

function Part(props: { title: string; testId: string; children: ComponentChildren }) {
  return (
    <section class="lesson-part" aria-labelledby={`part-${props.testId}`} data-testid={props.testId}>
      <h2 id={`part-${props.testId}`}>{props.title}</h2>
      {props.children}
    </section>
  );
}

function Breakable({ label, View }: Lesson['breakIt']) {
  const [state, set] = useUrlState('broken', 0, [0, 1]);
  const broken = state === 1;
  return (
    <OnDevice>
      {(device) => (
        <>
          <Switch label={label} on={broken} onChange={(on) => set(on ? 1 : 0)} testId="break-switch" />
          <View device={device} broken={broken} />
        </>
      )}
    </OnDevice>
  );
}

function Neighbors({ number, texts }: { number: number; texts: Texts }) {
  const titleOf = (slug: string) => texts.lessons[slug as keyof Texts['lessons']].title;
  const before = LESSONS[number - 2];
  const after = LESSONS[number];
  return (
    <nav class="neighbors" aria-label={texts.controls.nav.neighbors}>
      {before ? <a href={`#/lessons/${before.slug}`}>← {titleOf(before.slug)}</a> : <span />}
      {after && <a href={`#/lessons/${after.slug}`}>{titleOf(after.slug)} →</a>}
    </nav>
  );
}
