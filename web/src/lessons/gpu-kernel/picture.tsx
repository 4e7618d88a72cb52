/** A sloping and a flat roof, with three points below them. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 190"
      class="drawing"
      role="img"
      aria-label="A roof that rises and then is flat, with three points below it"
    >
      <path class="rule" d="M30 20V160H300" />
      <path class="rule" d="M30 150L160 50H300" stroke-width="3" />
      {[
        [90, 116],
        [90, 136],
        [220, 62],
      ].map(([x, y]) => (
        <circle key={`${x} ${y}`} class="both" cx={x} cy={y} r="7" />
      ))}
      <text x="70" y="82" text-anchor="middle">
        bandwidth
      </text>
      <text x="230" y="40" text-anchor="middle">
        arithmetic
      </text>
      <text x="165" y="180" text-anchor="middle">
        multiply-adds per byte
      </text>
    </svg>
  );
}
