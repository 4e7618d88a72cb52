import { useEffect, useRef } from 'preact/hooks';
import { color, colorScheme } from '../../app/theme.ts';
import { short } from '../../lib/format.ts';
import { classColor } from '../../ui/class-colors.ts';
import { sized } from '../../ui/sized-canvas.ts';
import { GRID, type Look } from './trainer.ts';

/** The embedding: its two values are the two axes. */
export function Plane(props: {
  title: string;
  look: Look;
  labels: Uint32Array;
  names: readonly string[];
  centers: boolean;
  testId: string;
}) {
  const { title, look, labels, names, centers, testId } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = colorScheme.value;
  useEffect(() => {
    const node = canvas.current;
    if (!node) return;
    const draw = () => paint(node, look, labels, names.length, centers);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(node);
    return () => observer.disconnect();
  }, [look, labels, names, centers, scheme]);
  const ratio = look.within / look.between;
  return (
    <figure class="plane">
      <figcaption>
        <h3>{title}</h3>
      </figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${labels.length} examples in the plane after ${look.step} steps: ${(100 * look.accuracy).toFixed(0)} % recognized, spread within a class over distance between classes ${short(ratio)}`}
      />
      <dl class="facts">
        <dt>Recognized</dt>
        <dd data-testid={`${testId}-accuracy`}>{(100 * look.accuracy).toFixed(0)} %</dd>
        <dt>Spread within a class</dt>
        <dd>{short(look.within)}</dd>
        <dt>Distance between classes</dt>
        <dd>{short(look.between)}</dd>
        <dt>
          <b>Spread / distance</b>
        </dt>
        <dd data-testid={`${testId}-ratio`}>
          <b>{look.step === 0 ? '–' : short(ratio)}</b>
        </dd>
        <dt>Cross-entropy, center loss</dt>
        <dd>
          {small(look.crossEntropy)}, {small(look.center)}
        </dd>
      </dl>
    </figure>
  );
}

/** Formats a loss. */
function small(value: number | null): string {
  if (value === null) return '–';
  return value > 0 && value < 1e-3 ? value.toExponential(1) : short(value);
}

function paint(
  node: HTMLCanvasElement,
  { points, centers, regions, reach }: Look,
  labels: Uint32Array,
  classes: number,
  withCenters: boolean,
): void {
  const side = node.clientWidth;
  const context = sized(node, side, side);
  if (!context) return;
  context.globalAlpha = 0.13;
  const cell = side / GRID;
  for (let i = 0; i < regions.length; i++) {
    context.fillStyle = classColor(regions[i] as number);
    const [column, row] = [i % GRID, Math.floor(i / GRID)];
    // rounded to whole pixels to avoid seams
    const [left, top] = [Math.floor(column * cell), Math.floor(row * cell)];
    context.fillRect(left, top, Math.floor((column + 1) * cell) - left, Math.floor((row + 1) * cell) - top);
  }
  context.globalAlpha = 1;
  const at = (value: number) => (side / 2) * (1 + value / reach);
  const x = (i: number, list: Float32Array) => at(list[2 * i] as number);
  const y = (i: number, list: Float32Array) => at(-(list[2 * i + 1] as number));
  context.strokeStyle = color('--line-strong');
  context.lineWidth = 0.5;
  context.beginPath();
  context.moveTo(0, side / 2);
  context.lineTo(side, side / 2);
  context.moveTo(side / 2, 0);
  context.lineTo(side / 2, side);
  context.stroke();
  context.globalAlpha = 0.85;
  for (const [i, label] of labels.entries()) {
    context.fillStyle = classColor(label);
    context.beginPath();
    context.arc(x(i, points), y(i, points), 2.6, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  if (withCenters) {
    for (let label = 0; label < classes; label++) {
      context.beginPath();
      context.arc(x(label, centers), y(label, centers), 8, 0, 7);
      context.lineWidth = 5;
      context.strokeStyle = color('--raised');
      context.stroke();
      context.lineWidth = 2.5;
      context.strokeStyle = classColor(label);
      context.stroke();
    }
  }
  context.fillStyle = color('--soft');
  context.font = `12px ${getComputedStyle(node).fontFamily}`;
  context.textAlign = 'right';
  context.fillText(`± ${reach}`, side - 6, side / 2 - 5);
}
