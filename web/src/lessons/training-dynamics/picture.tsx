/** Two curves that fall together until one of them rises. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 320 190"
      class="drawing"
      role="img"
      aria-label="Two curves fall together, then one rises"
    >
      <path class="rule" d="M30 20V160H300" />
      <path class="rule" d="M40 40C70 130 130 150 290 154" />
      <path class="mark" d="M40 36C70 100 110 116 140 114C190 110 230 80 290 60" />
    </svg>
  );
}
