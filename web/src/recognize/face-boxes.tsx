import { percent } from '../lib/format.ts';
import { faces } from './store.ts';

/** A box that begins this close to the top has its label inside, in percent of the stage's height. */
const TOP = 6;

/** Boxes with labels over the whole picture. */
export function FaceBoxes({
  size: [width, height],
  mirrored,
}: {
  size: [number, number];
  mirrored: boolean;
}) {
  const side = Math.max(width, height);
  const [right, down] = [(side - width) / 2, (side - height) / 2];
  const views = faces.value.map((face) => {
    const { left, top, width: w, height: h } = face.box;
    return { ...face, x: right + (mirrored ? width - left - w : left), y: down + top, w, h };
  });
  return (
    <>
      <svg viewBox={`0 0 ${side} ${side}`} aria-hidden="true">
        {views.map(({ id, x, y, w, h }) => (
          <g key={id}>
            <rect class="box outline" x={x} y={y} width={w} height={h} />
            <rect class="box" x={x} y={y} width={w} height={h} data-testid="face-box" />
          </g>
        ))}
      </svg>
      {views.map(({ id, label, probability, x, y }) => {
        const [left, top] = [(100 * Math.max(0, x)) / side, (100 * Math.max(0, y)) / side];
        return (
          <span key={id} class={top < TOP ? 'tag below' : 'tag'} style={{ left: `${left}%`, top: `${top}%` }}>
            {views.length > 1 && `${id}: `}
            {label} {percent(probability)}
          </span>
        );
      })}
    </>
  );
}
