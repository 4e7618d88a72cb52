import type { Device } from 'feathergrad';
import type { ComponentChildren, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { usePartHead } from '../app/head.ts';
import { Notice } from '../ui/pieces.tsx';
import { Check } from './check.tsx';
import { open, useDevice } from './device.ts';
import { Exercises } from './exercises/exercises-view.tsx';
import { KernelText } from './kernel-text.tsx';
import type { Lesson } from './lesson.ts';
import { LESSONS, numberOfLesson } from './lessons.ts';
import { Switch } from './pieces.tsx';
import { Steps } from './steps.tsx';
import { useUrlState } from './url-state.ts';

export type { Lesson } from './lesson.ts';

/** One lesson: idea, interactive figure, kernel, gradient check, switch, questions, sources. */
export function LessonPage({ lesson }: { lesson: Lesson }): VNode {
  const { title, teaser, summary, steps, Picture, Interactive, description, kernel, check, breakIt } = lesson;
  const figure = useRef<HTMLElement>(null);
  const number = numberOfLesson(lesson.slug);
  usePartHead(title, teaser);
  return (
    <article class="lesson" data-testid={`lesson-${lesson.slug}`}>
      <nav class="small" aria-label="Course">
        <a href="#/lessons">All lessons</a> · <a href="#/course">The course</a> ·{' '}
        <a href={`#/course/handout/${lesson.slug}`}>Hand-out</a>
      </nav>
      <header class="lesson-head">
        <div>
          <p class="soft small">
            Lesson {number} of {LESSONS.length}
          </p>
          <h1>{title}</h1>
          <p class="lead">{teaser}</p>
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
          <h2>Step by step</h2>
          <Steps steps={steps} figure={figure} />
        </div>
        <section
          class="lesson-figure"
          aria-labelledby="part-interactive"
          data-testid="interactive"
          ref={figure}
        >
          <h2 id="part-interactive">Try it</h2>
          <OnDevice isFirst>{(device) => <Interactive device={device} />}</OnDevice>
          <details class="about-figure">
            <summary>What the figure shows</summary>
            <p class="soft">{description}</p>
          </details>
        </section>
      </div>

      <Part title="The kernel" testId="kernel">
        <p>{kernel.note}</p>
        <KernelText {...kernel} />
      </Part>

      <Part title="Check the gradient" testId="check">
        <OnDevice>{(device) => <Check device={device} {...check} />}</OnDevice>
      </Part>

      <Part title="Exercises" testId="exercises">
        <OnDevice>{(device) => <Exercises slug={lesson.slug} device={device} />}</OnDevice>
      </Part>

      <Part title="Break it" testId="break-it">
        <p>{breakIt.text}</p>
        <Breakable {...breakIt} />
      </Part>

      <Part title="Three questions" testId="questions">
        {lesson.questions.map(({ question, answer }) => (
          <details key={question}>
            <summary>{question}</summary>
            <p>{answer}</p>
          </details>
        ))}
      </Part>

      <Part title="Sources" testId="sources">
        <ul class="sources">
          {lesson.sources.map(({ text, href }) => (
            <li key={text}>{href ? <a href={href}>{text}</a> : text}</li>
          ))}
        </ul>
      </Part>
      <Neighbors number={number} />
    </article>
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

/**
 * Shows its children once there is a device; until then, or without one, shows a message, which is complete only in the
 * first part.
 */
function OnDevice({ isFirst, children }: { isFirst?: boolean; children: (device: Device) => VNode }) {
  const state = useDevice();
  if ('device' in state) return children(state.device);
  if ('opening' in state) return <p class="soft">Opening the GPU …</p>;
  if (!isFirst) return <p class="soft">This part needs a GPU. “Try it” above explains what is missing.</p>;
  return (
    <Notice title="This part needs a GPU, and none is available" testId="no-gpu">
      <p>{state.why}</p>
      <p>
        <a href="#/train">Which browsers have WebGPU, and what to try</a>. You can still read the text and the
        kernel.
      </p>
      <button type="button" class="button" onClick={() => open()}>
        Try again
      </button>
    </Notice>
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

function Neighbors({ number }: { number: number }) {
  const before = LESSONS[number - 2];
  const after = LESSONS[number];
  return (
    <nav class="neighbors" aria-label="Neighboring lessons">
      {before ? <a href={`#/lessons/${before.slug}`}>← {before.title}</a> : <span />}
      {after && <a href={`#/lessons/${after.slug}`}>{after.title} →</a>}
    </nav>
  );
}
