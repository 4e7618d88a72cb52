import { isNumberTask } from '../lessons/exercises/exercise.ts';
import { Paper } from './paper.tsx';
import type { Papers } from './use-papers.ts';

/** A printable sheet for learners: the idea, tasks at the figure, exercises and questions with room for answers. */
export function Handout({ slug }: { slug: string }) {
  return (
    <Paper slug={slug} kind="handout">
      {({ lesson, exercises, course, texts: { paper } }) => (
        <>
          <section>
            <h2>{paper.idea}</h2>
            {lesson.summary.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </section>
          <section>
            <h2>{paper.figure}</h2>
            <ol class="numbered">
              {lesson.steps.map(({ text }) => (
                <li key={text}>{text}</li>
              ))}
            </ol>
          </section>
          <section>
            <h2>{paper.exercises}</h2>
            <ol class="numbered">
              {exercises.map((exercise) => (
                <li key={exercise.id}>
                  <h3>{exercise.title}</h3>
                  <p>{exercise.task}</p>
                  <div class={isNumberTask(exercise) ? 'room' : 'room large'} aria-hidden="true" />
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h2>{paper.questions}</h2>
            <ol class="numbered">
              {lesson.questions.map(({ question }) => (
                <li key={question}>
                  <p>{question}</p>
                  <div class="room" aria-hidden="true" />
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h2>{paper.summary}</h2>
            <ul class="bullets">
              {course.takeaways.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </section>
          <Reading {...{ course, lesson, title: paper.reading }} />
        </>
      )}
    </Paper>
  );
}

/** Further reading and the sources of the lesson, with their addresses in print. */
export function Reading({ course, lesson, title }: Pick<Papers, 'course' | 'lesson'> & { title: string }) {
  return (
    <section>
      <h2>{title}</h2>
      <ul class="bullets" lang="en">
        {[...course.reading, ...lesson.sources].map(({ text, href }) => (
          <li key={text}>{href ? <a href={href}>{text}</a> : text}</li>
        ))}
      </ul>
    </section>
  );
}
