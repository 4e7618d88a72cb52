import { isNumberTask } from '../lessons/exercises/exercise.ts';
import { Reading } from './handout.tsx';
import { Paper } from './paper.tsx';

/** Notes for teachers: expected difficulties, and sample solutions of all exercises and questions. */
export function TeacherNotes({ slug }: { slug: string }) {
  return (
    <Paper slug={slug} kind="notes">
      {({ lesson, exercises, course, texts: { paper } }) => (
        <>
          <section>
            <h2>{paper.difficulties}</h2>
            <dl class="difficulties">
              {course.difficulties.map(({ difficulty, help }) => (
                <div key={difficulty}>
                  <dt>{difficulty}</dt>
                  <dd>{help}</dd>
                </div>
              ))}
            </dl>
          </section>
          <section>
            <h2>{paper.solutions}</h2>
            {exercises.map((exercise) => (
              <section key={exercise.id}>
                <h3>{exercise.title}</h3>
                <p>{exercise.task}</p>
                {isNumberTask(exercise) ? (
                  <p>
                    <b>{paper.answer}</b> {exercise.solution}
                  </p>
                ) : (
                  // biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard
                  <pre class="solution" tabIndex={0}>
                    {exercise.solution.trim()}
                  </pre>
                )}
              </section>
            ))}
          </section>
          <section>
            <h2>{paper.answers}</h2>
            <ol class="numbered">
              {lesson.questions.map(({ question, answer }) => (
                <li key={question}>
                  <p>
                    <b>{question}</b>
                  </p>
                  <p>{answer}</p>
                </li>
              ))}
            </ol>
          </section>
          <section>
            <h2>{paper.board}</h2>
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
