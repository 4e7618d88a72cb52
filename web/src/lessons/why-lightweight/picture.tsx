/** Bars that shrink from VGG to today. */
export function Picture() {
  const bars = [140, 70, 40, 46, 28, 18, 10, 17];
  return (
    <svg
      viewBox="0 0 320 190"
      class="drawing"
      role="img"
      aria-label="Bars that become lower from 2014 to 2020"
    >
      {bars.map((height, i) => (
        <rect
          key={`${i}`}
          class={i === 0 ? 'both' : 'full'}
          x={30 + 33 * i}
          y={156 - height}
          width="22"
          height={height}
        />
      ))}
      <path class="rule" d="M20 156H300" />
      <text x="41" y="178" text-anchor="middle">
        2014
      </text>
      <text x="272" y="178" text-anchor="middle">
        2020
      </text>
    </svg>
  );
}
