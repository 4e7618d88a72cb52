/** Three by three cells with a strong diagonal and one confusion. */
export function Picture() {
  const cells = [
    [0.75, 0.3, 0.05],
    [0.1, 0.95, 0.05],
    [0.05, 0.05, 0.9],
  ];
  return (
    <svg
      viewBox="0 0 320 190"
      class="drawing"
      role="img"
      aria-label="A three by three table, dark on the diagonal"
    >
      {cells.flatMap((row, i) =>
        row.map((share, j) => (
          <rect
            key={`${i}${j}`}
            class="full"
            opacity={share}
            x={100 + 44 * j}
            y={30 + 44 * i}
            width="40"
            height="40"
          />
        )),
      )}
      <path class="rule" d="M98 28H230V160H98Z" />
      <text x="164" y="20" text-anchor="middle">
        predicted
      </text>
      <text x="90" y="98" text-anchor="end">
        true
      </text>
    </svg>
  );
}
