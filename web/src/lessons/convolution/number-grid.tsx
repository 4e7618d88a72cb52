import { digits } from '../exercises/judge.ts';

/** Numbers in a square, as a table. With `onChoose` every cell is a button. */
export function NumberGrid(props: {
  caption: string;
  values: ArrayLike<number>;
  side: number;
  isMarked?: (i: number) => boolean;
  onChoose?: (i: number) => void;
  testId?: string;
}) {
  const { caption, values, side, isMarked, onChoose, testId } = props;
  const rows = Array.from({ length: side }, (_, row) => row);
  return (
    <table class="number-grid" data-testid={testId}>
      <caption>{caption}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row}>
            {rows.map((column) => {
              const i = row * side + column;
              const text = digits(Number((values[i] ?? 0).toFixed(2)));
              const marked = isMarked?.(i) ?? false;
              return (
                <td key={column} class={marked ? 'marked' : undefined}>
                  {onChoose ? (
                    <button
                      type="button"
                      aria-pressed={marked}
                      aria-label={`row ${row + 1}, column ${column + 1}: ${text}`}
                      onClick={() => onChoose(i)}
                    >
                      {text}
                    </button>
                  ) : (
                    text
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
