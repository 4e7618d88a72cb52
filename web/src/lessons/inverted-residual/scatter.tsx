const SIZE = 260;

/** Points of a curve, colored from its start to its end. */
export function Scatter({ points, label, reach }: { points: Float32Array; label: string; reach?: number }) {
  const far = Math.max(...points.map(Math.abs), 1e-6);
  const scale = (SIZE / 2 - 10) / Math.max(reach ?? far, 1e-6);
  const count = points.length / 2;
  return (
    <figure>
      <figcaption class="small soft">{label}</figcaption>
      <svg class="scatter" viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={label}>
        <path class="grid" d={`M0 ${SIZE / 2}H${SIZE}M${SIZE / 2} 0V${SIZE}`} />
        {Array.from({ length: count }, (_, i) => (
          <circle
            key={i}
            r="2.6"
            cx={SIZE / 2 + scale * (points[2 * i] ?? 0)}
            cy={SIZE / 2 - scale * (points[2 * i + 1] ?? 0)}
            style={{ '--share': i / count }}
          />
        ))}
      </svg>
    </figure>
  );
}
