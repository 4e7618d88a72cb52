/** Eight numbers become four, two, one. */
export function Picture() {
  const rows = [8, 4, 2, 1];
  const x = (row: number, i: number) => 20 + ((i + 0.5) * 380) / (rows[row] as number);
  const y = (row: number) => 26 + row * 50;
  return (
    <svg
      viewBox="0 0 420 200"
      role="img"
      aria-label="A tree of additions: eight numbers, four sums, two, one"
    >
      <title>
        Eight numbers become four sums, then two, then one: three rounds instead of seven additions in
        sequence
      </title>
      <g class="lesson-drawing">
        {rows
          .slice(1)
          .flatMap((n, k) =>
            Array.from({ length: 2 * n }, (_, i) => (
              <line
                key={`${n} ${i}`}
                class="line"
                x1={x(k, i)}
                y1={y(k)}
                x2={x(k + 1, Math.floor(i / 2))}
                y2={y(k + 1)}
              />
            )),
          )}
        {rows.flatMap((n, row) =>
          Array.from({ length: n }, (_, i) => (
            <circle
              key={`${n} ${i}`}
              class={row === 0 ? 'sheet' : 'lit'}
              cx={x(row, i)}
              cy={y(row)}
              r={row === 3 ? 11 : 8}
            />
          )),
        )}
      </g>
    </svg>
  );
}
