import '../../styles/drawings.css';

/** Left: rays, the result of softmax. Right: the same classes, pulled to their centers. */
export function Picture() {
  return (
    <svg
      class="in-classes"
      viewBox="0 0 360 180"
      role="img"
      aria-label="Left, three classes as long rays. Right, the same classes as three tight groups, each around a ring, its center."
    >
      <g transform="translate(90 90)">
        {CLASSES.map((angle, k) => (
          <g key={angle} class={`class-${k}`} transform={`rotate(${angle})`}>
            {RAY.map(([x, y]) => (
              <circle key={x} cx={x} cy={y} r="3" />
            ))}
          </g>
        ))}
      </g>
      <path class="rule" d="M180 20v140" />
      <g transform="translate(270 90)">
        {CLASSES.map((angle, k) => (
          <g key={angle} class={`class-${k}`} transform={`rotate(${angle})`}>
            {RAY.map(([x, y]) => {
              const [cx, cy] = [52 + (x - 45) / 5, y * 0.9];
              return (
                <g key={x}>
                  {(x < 30 || x > 62) && <path class="pull" d={`M${x} ${y}L${cx} ${cy}`} />}
                  <circle cx={cx} cy={cy} r="3" />
                </g>
              );
            })}
            <circle class="ring" cx="52" cy="0" r="15" />
          </g>
        ))}
      </g>
      <text x="90" y="176" text-anchor="middle">
        softmax
      </text>
      <text x="270" y="176" text-anchor="middle">
        softmax + λ · center loss
      </text>
    </svg>
  );
}

const CLASSES = [-90, 30, 150];
const RAY = [
  [14, 3],
  [22, -4],
  [29, 2],
  [37, 7],
  [42, -6],
  [50, 1],
  [56, 8],
  [63, -5],
  [71, 3],
  [78, -2],
] as const;
