import type { Finding } from './exercise.ts';

/** The results of the tests of an answer. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <>
      <ul class="findings">
        {findings.map(({ name, pass, text }) => (
          <li key={name} class={`verdict ${pass ? 'good' : 'off'}`}>
            <b>
              {pass ? 'Pass' : 'Fail'}, {name}:
            </b>{' '}
            {text}
          </li>
        ))}
      </ul>
      {findings.every(({ pass }) => pass) && (
        <p>
          <b>Solved.</b>
        </p>
      )}
    </>
  );
}
