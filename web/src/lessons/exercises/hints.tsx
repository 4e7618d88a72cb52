import { useWords } from '../words.ts';

/** Hints, one below the other, each folded. */
export function Hints({ hints }: { hints: readonly string[] }) {
  const { words, fillIn } = useWords();
  return (
    <>
      {hints.map((hint, i) => (
        <details key={hint} class="hint">
          <summary>{fillIn(words.exercise.hint, { number: i + 1, total: hints.length })}</summary>
          <p>{hint}</p>
        </details>
      ))}
    </>
  );
}
