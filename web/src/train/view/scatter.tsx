import { useEffect, useRef } from 'preact/hooks';
import { color, colorScheme } from '../../app/theme.ts';
import { classColor } from '../../ui/class-colors.ts';
import { ClassKey } from '../../ui/class-key.tsx';
import { sized } from '../../ui/sized-canvas.ts';
import { faces, probe } from '../store.ts';

const HEIGHT = 340;
const MANY = 60; // coordinates from which a few may be outside of the plot
const GLIDE = 400; // milliseconds of the animation between two probes

/** Scatter plot of the faces: the first two principal components of their embedding. */
export function Scatter({ names }: { names: readonly string[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef<Float32Array | null>(null);
  const now = probe.value;
  const list = faces.value;
  const scheme = colorScheme.value;
  const hasCenters = now?.centers != null;

  useEffect(() => {
    const node = canvas.current;
    if (!node || !now) return;
    const from = shown.current?.length === now.positions.length ? shown.current : now.positions;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const started = performance.now();
    let frame = 0;
    const draw = () => {
      const t = still ? 1 : Math.min(1, (performance.now() - started) / GLIDE);
      const eased = 1 - (1 - t) ** 3;
      const places = now.positions.map(
        (to, i) => (from[i] as number) + ((to as number) - (from[i] as number)) * eased,
      );
      shown.current = places;
      paint(
        node,
        places,
        now.centers,
        list.map(({ label }) => label),
        names,
      );
      if (t < 1) frame = requestAnimationFrame(draw);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(node);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [now, list, names, scheme]);

  return (
    <section class="panel" aria-labelledby="scatter">
      <div class="panel-head">
        <h2 id="scatter">Embedding (PCA)</h2>
        <span class="soft small">first two principal components</span>
      </div>
      <canvas
        ref={canvas}
        class="scatter"
        style={{ height: HEIGHT }}
        role="img"
        aria-label={`Scatter of ${list.length} faces by their embedding${hasCenters ? ', with the centers of the classes' : ''}`}
      />
      <ClassKey names={names} centers={hasCenters} />
    </section>
  );
}

function paint(
  node: HTMLCanvasElement,
  places: Float32Array,
  centers: Float32Array | null,
  labels: readonly number[],
  names: readonly string[],
): void {
  const [width, height] = [node.clientWidth, HEIGHT];
  const context = sized(node, width, height);
  if (!context) return;
  // a few outliers may be outside of the plot, so that the other points do not shrink to a dot
  const distances = Float32Array.from(places, Math.abs).sort();
  const isFew = distances.length < MANY;
  const reach = Math.max(1e-9, distances[Math.floor((isFew ? 1 : 0.97) * (distances.length - 1))] as number);
  const unit = (Math.min(width, height) / 2 - 36) / reach;
  const stretch = Math.min(1.6, width / height);
  const x = (v: number) => width / 2 + v * unit * stretch;
  const y = (v: number) => height / 2 - v * unit;
  context.strokeStyle = color('--line');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.moveTo(width / 2, 0);
  context.lineTo(width / 2, height);
  context.stroke();
  for (const [i, label] of labels.entries()) {
    if (2 * i + 1 >= places.length) break;
    context.globalAlpha = 0.85;
    context.fillStyle = classColor(label);
    context.beginPath();
    context.arc(x(places[2 * i] as number), y(places[2 * i + 1] as number), 4.5, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  context.lineWidth = 2.5;
  for (let label = 0; centers && label < names.length; label++) {
    context.strokeStyle = classColor(label);
    context.beginPath();
    // early in training, centers may be far from the faces; they are drawn at the edge
    const at = [x(centers[2 * label] as number), y(centers[2 * label + 1] as number)] as const;
    const inside = (value: number, most: number) => Math.min(most - 11, Math.max(11, value));
    context.arc(inside(at[0], width), inside(at[1], height), 9, 0, 7);
    context.stroke();
  }
}
