import { isNumberTask } from '../lessons/exercises/exercise.ts';
import { Reading } from './handout.tsx';
import { Paper } from './paper.tsx';

/** Notes for teachers: expected difficulties, and sample solutions of all exercises and questions. */
export function TeacherNotes({ slug }: { slug: string }) {
  return (
    <Paper slug={slug} kind="Teacher’s notes">
      {({ lesson, exercises, course }) => (
        <>
          <section>
            <h2>Expected difficulties</h2>
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
            <h2>Sample solutions</h2>
            {exercises.map((exercise) => (
              <section key={exercise.id}>
                <h3>{exercise.title}</h3>
                <p>{exercise.task}</p>
                {isNumberTask(exercise) ? (
                  <p>
                    <b>Answer:</b> {exercise.solution}
                  </p>
                ) : (
                  <pre class="solution">{exercise.solution.trim()}</pre>
                )}
              </section>
            ))}
          </section>
          <section>
            <h2>Answers to the questions</h2>
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
            <h2>Summary for the board</h2>
            <ul class="bullets">
              {course.takeaways.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </section>
          <Reading {...{ course, lesson }} />
        </>
      )}
    </Paper>
  );
}
