/** A window of a grid becomes one cell of a smaller grid. */
export function Picture() {
  const line = (n: number, from: number, step: number) =>
    Array.from({ length: n + 1 }, (_, i) => from + i * step);
  return (
    <svg viewBox="0 0 320 180" class="drawing" role="img" aria-label="A window of pixels becomes one number">
      <rect class="wash" x="40" y="40" width="60" height="60" />
      <rect class="full" x="246" y="56" width="20" height="20" />
      <path
        class="rule"
        d={
          line(5, 20, 20)
            .map((x) => `M${x} 20V120`)
            .join('') +
          line(5, 20, 20)
            .map((y) => `M20 ${y}H120`)
            .join('')
        }
      />
      <path
        class="rule"
        d={
          line(3, 226, 20)
            .map((x) => `M${x} 36V96`)
            .join('') +
          line(3, 36, 20)
            .map((y) => `M226 ${y}H286`)
            .join('')
        }
      />
      <path class="mark" d="M130 66H214M208 60L215 66L208 72" />
      <text x="172" y="54" text-anchor="middle">
        nine products
      </text>
      <text x="70" y="146" text-anchor="middle">
        picture
      </text>
      <text x="256" y="146" text-anchor="middle">
        output
      </text>
    </svg>
  );
}
