/** Values go forward along the upper line, slopes back along the lower one. */
export function Picture() {
  const places = [30, 95, 160, 225, 290];
  return (
    <svg viewBox="0 0 320 170" class="drawing" role="img" aria-label="Values forward, slopes backward">
      <path class="rule" d="M30 60H290M30 110H290" />
      <path class="mark" d="M283 54L291 60L283 66M37 104L29 110L37 116" />
      {places.map((x, i) => (
        <g key={x}>
          <rect class={i === 4 ? 'full' : 'wash'} x={x - 14} y="46" width="28" height="28" rx="6" />
          <rect class="both" x={x - 14} y="96" width="28" height="28" rx="6" />
        </g>
      ))}
      <text x="160" y="32" text-anchor="middle">
        p, z, a, e, L
      </text>
      <text x="160" y="150" text-anchor="middle">
        ∂L
      </text>
    </svg>
  );
}
