import { said } from '../said.ts';
import { useWords } from '../words.ts';
import type { Finding } from './exercise.ts';

/** The results of the tests of an answer. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const { words, language, fillIn } = useWords();
  return (
    <>
      <ul class="findings">
        {findings.map(({ name, pass, text }, i) => (
          <li key={i} class={`verdict ${pass ? 'good' : 'off'}`}>
            <b>
              {fillIn(pass ? words.exercise.pass : words.exercise.fail, {
                name: said(name, words, language),
              })}
            </b>{' '}
            {said(text, words, language)}
          </li>
        ))}
      </ul>
      {findings.every(({ pass }) => pass) && (
        <p>
          <b>{words.exercise.done}</b>
        </p>
      )}
    </>
  );
}
