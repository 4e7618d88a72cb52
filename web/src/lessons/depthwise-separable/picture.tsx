/** Illustrates the idea: dense in one step, or one filter per channel and then a mix of the channels. */
export function Picture() {
  return (
    <svg
      viewBox="0 0 420 210"
      role="img"
      aria-label="A dense convolution next to a depthwise and a pointwise one"
    >
      <title>Dense: every channel’s window at once. Separable: a filter for each channel, then a mix</title>
      <g class="lesson-drawing">
        <text x="10" y="18">
          dense: all windows at once
        </text>
        <Channels x={10} y={32} side={18} />
        <path class="arrow" d="M134 49h34m-7-5 7 5-7 5" />
        <Channels x={182} y={32} side={6} only />

        <text x="10" y="122">
          depthwise: each its own filter
        </text>
        <text x="252" y="122">
          pointwise: the mix
        </text>
        <Channels x={10} y={136} side={18} shaded />
        <path class="arrow" d="M134 153h18m-7-5 7 5-7 5" />
        <Channels x={160} y={136} side={6} shaded />
        <path class="arrow" d="M284 153h18m-7-5 7 5-7 5" />
        <Channels x={310} y={136} side={6} only />
      </g>
    </svg>
  );
}

const SHEET = 34;

/** Three channels next to one another, with a lit square in each, or with `only` in the first. */
function Channels(props: { x: number; y: number; side: number; shaded?: boolean; only?: boolean }) {
  const { x, y, side, shaded, only } = props;
  return (
    <g>
      {[0, 1, 2].map((k) => {
        const left = x + k * (SHEET + 3);
        const inset = (SHEET - side) / 2;
        return (
          <g key={k}>
            <rect class="sheet" x={left} y={y} width={SHEET} height={SHEET} />
            {(!only || k === 0) && (
              <rect
                class="lit"
                x={left + inset}
                y={y + inset}
                width={side}
                height={side}
                fill-opacity={shaded ? 1 - 0.35 * k : 1}
              />
            )}
          </g>
        );
      })}
    </g>
  );
}
