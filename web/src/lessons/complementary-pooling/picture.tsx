/** Shown on the card and beside the title. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 200"
      class="drawing"
      role="img"
      aria-label="Two crossed pairs of strips become one pair of sums"
    >
      <rect class="wash" x="16" y="30" width="120" height="26" />
      <rect class="full" x="136" y="30" width="120" height="26" />
      <rect class="full" x="16" y="72" width="120" height="26" />
      <rect class="wash" x="136" y="72" width="120" height="26" />
      <rect class="both" x="16" y="146" width="240" height="26" />
      <path class="rule" d="M16 30H256V56H16ZM16 72H256V98H16ZM16 146H256V172H16ZM136 30V98M136 146V172" />
      <path class="mark" d="M136 106V136M130 129L136 137L142 129" />
      <text x="76" y="20" text-anchor="middle">
        rows
      </text>
      <text x="196" y="20" text-anchor="middle">
        columns
      </text>
      <text x="264" y="48">
        conv1
      </text>
      <text x="264" y="90">
        + conv1
      </text>
      <text x="264" y="164">
        conv1
      </text>
      <text x="136" y="192" text-anchor="middle">
        average + maximum
      </text>
    </svg>
  );
}
