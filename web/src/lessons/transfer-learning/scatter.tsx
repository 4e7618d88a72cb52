import { classColor } from '../../ui/class-colors.ts';
import { labelsOf } from './last-layer.ts';

const SIZE = 260;

/** The two principal components of each face, colored by class. */
export function Scatter({ points, label }: { points: Float32Array; label: string }) {
  const count = points.length / 2;
  // outliers are drawn at the edge, so that the other points do not shrink to a dot
  const distances = Float32Array.from(points, Math.abs).sort();
  const reach = Math.max(distances[Math.floor(0.93 * (distances.length - 1))] as number, 1e-30);
  const scale = (SIZE / 2 - 12) / reach;
  const inside = (value: number) => Math.min(reach, Math.max(-reach, value));
  const labels = labelsOf(count);
  return (
    <figure>
      <figcaption class="small soft">{label}</figcaption>
      <svg
        class="scatter"
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        role="img"
        aria-label={`${label}: ${count} faces as points, colored by expression`}
      >
        <path class="grid" d={`M0 ${SIZE / 2}H${SIZE}M${SIZE / 2} 0V${SIZE}`} />
        {Array.from({ length: count }, (_, i) => (
          <circle
            key={i}
            r="4"
            cx={SIZE / 2 + scale * inside(points[2 * i] as number)}
            cy={SIZE / 2 - scale * inside(points[2 * i + 1] as number)}
            style={{ fill: classColor(labels[i] as number) }}
          />
        ))}
      </svg>
    </figure>
  );
}
