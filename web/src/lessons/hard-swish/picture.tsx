/** x times its gate is the curve. */
export function Picture() {
  return (
    <svg viewBox="0 0 420 200" role="img" aria-label="x times a gate from 0 to 1 gives hard-swish">
      <title>x times the gate relu6(x + 3) / 6 gives hard-swish</title>
      <g class="lesson-drawing">
        <path class="axis" d="M15 130h110M155 130h110M295 130h110" />
        <path class="line" d="M15 180 125 80" />
        <path class="line" d="M155 130h24L239 80h26" />
        <path class="line strong" d="M295 130h27C345 146 358 134 379 102L405 70" />
        <text x="52" y="40">
          x
        </text>
        <text x="167" y="40">
          relu6(x + 3) / 6
        </text>
        <text x="312" y="40">
          hard-swish
        </text>
        <text x="135" y="112">
          ×
        </text>
        <text x="275" y="112">
          =
        </text>
        <text x="155" y="160">
          0
        </text>
        <text x="252" y="72">
          1
        </text>
      </g>
    </svg>
  );
}
