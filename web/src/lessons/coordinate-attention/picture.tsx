/** Shown on the card and beside the title. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 220"
      class="drawing"
      role="img"
      aria-label="A row gate and a column gate cross in one place"
    >
      <rect class="wash" x="60" y="20" width="140" height="140" />
      <rect class="wash" x="60" y="62" width="140" height="24" />
      <rect class="wash" x="128" y="20" width="24" height="140" />
      <rect class="full" x="128" y="62" width="24" height="24" />
      <path class="rule" d="M60 20H200V160H60Z" />
      <path class="mark" d="M222 20V50Q222 74 262 74Q222 74 222 98V160" />
      <path class="mark" d="M60 178H116Q140 178 140 212Q140 178 164 178H200" />
      <text x="270" y="79">
        row
      </text>
      <text x="166" y="208">
        column
      </text>
    </svg>
  );
}
