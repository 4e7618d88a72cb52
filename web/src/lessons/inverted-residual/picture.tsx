/** A narrow strip widens, is filtered, and narrows again; an arrow goes around it. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 180"
      class="drawing"
      role="img"
      aria-label="Narrow, wide, narrow, and a shortcut around"
    >
      <rect class="both" x="34" y="74" width="22" height="32" />
      <rect class="wash" x="110" y="30" width="22" height="120" />
      <rect class="wash" x="188" y="30" width="22" height="120" />
      <rect class="both" x="264" y="74" width="22" height="32" />
      <path
        class="rule"
        d="M56 74L110 30M56 106L110 150M132 30H188M132 150H188M210 30L264 74M210 150L264 106"
      />
      <path class="mark" d="M45 70C45 6 275 6 275 66M269 59L275 67L281 59" />
    </svg>
  );
}
