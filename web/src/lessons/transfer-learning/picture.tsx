/** A stack of layers is kept; only the last, narrow one is new. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 180"
      class="drawing"
      role="img"
      aria-label="Layers that are kept, and a new last layer"
    >
      {[96, 76, 60, 46].map((height, i) => (
        <rect key={height} class="wash" x={30 + 46 * i} y={90 - height / 2} width="30" height={height} />
      ))}
      <path class="rule" d="M60 90H76M106 90H122M152 90H168M198 90H236" />
      <rect class="full" x="240" y="62" width="20" height="56" />
      <path class="mark" d="M292 62V118M286 68L292 61L298 68" />
      <text x="114" y="164" text-anchor="middle">
        kept
      </text>
      <text x="250" y="164" text-anchor="middle">
        trained
      </text>
    </svg>
  );
}
