/** Hints, one below the other, each folded. */
export function Hints({ hints }: { hints: readonly string[] }) {
  return (
    <>
      {hints.map((hint, i) => (
        <details key={hint} class="hint">
          <summary>
            Hint {i + 1} of {hints.length}
          </summary>
          <p>{hint}</p>
        </details>
      ))}
    </>
  );
}
