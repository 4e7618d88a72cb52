import '../../styles/drawings.css';

/** The shape of the network: side and channels of each block, at 224 pixels. */
const BLOCKS: readonly (readonly [
  side: number,
  channels: number,
  attention: 'none' | 'SE' | 'CA' | 'CPSCA',
])[] = [
  [112, 16, 'none'],
  [112, 16, 'none'],
  [56, 24, 'none'],
  [56, 24, 'none'],
  [28, 40, 'SE'],
  [28, 40, 'SE'],
  [28, 40, 'SE'],
  [14, 80, 'none'],
  [14, 80, 'none'],
  [14, 80, 'CPSCA'],
  [14, 80, 'CPSCA'],
  [14, 112, 'CA'],
  [14, 112, 'CA'],
  [7, 80, 'CA'],
  [7, 80, 'CA'],
  [7, 80, 'CA'],
  [7, 480, 'none'],
];
const GROUND = 150;

export function Picture() {
  let x = 8;
  return (
    <svg
      class="in-classes"
      viewBox="0 0 400 190"
      role="img"
      aria-label="Seventeen boxes from left to right. They become lower because the maps become smaller, and wider because there are more maps. Three have squeeze-excitation, two complementary pooling, five coordinate attention."
    >
      {BLOCKS.map(([side, channels, attention], i) => {
        const height = 26 + side;
        const width = 6 + channels / 9;
        const left = x;
        x += width + 6;
        return (
          <rect
            key={i}
            class={attention === 'none' ? 'plain' : `class-${['SE', 'CA', 'CPSCA'].indexOf(attention)}`}
            x={left}
            y={GROUND - height}
            width={width}
            height={height}
            rx="2"
          />
        );
      })}
      <path class="rule" d="M8 158h384" />
      {(['SE', 'CA', 'CPSCA'] as const).map((name, i) => (
        <g key={name} class={`class-${i}`}>
          <rect x={8 + 132 * i} y="170" width="10" height="10" rx="2" />
          <text x={24 + 132 * i} y="179">
            {['squeeze-excitation', 'coordinate', 'complementary'][i]}
          </text>
        </g>
      ))}
    </svg>
  );
}
