import { useEffect, useRef, useState } from 'preact/hooks';
import { useDrag } from '../pieces/use-drag.ts';
import { EPS, type Normalized, type Running } from './compute.ts';

/** Ends of both scales. */
export const REACH = 6;
const HEIGHT = 330;
const INPUT = 112;
const OUTPUT = 262;
const EDGE = 18;
/** Length of a slope of 1, in units of the scale. */
const ARROW = 1.6;

/** The examples on a line before and after the norm, connected, with mean, spread and slopes above them. */
export function BatchChart(props: {
  values: readonly number[];
  result: Normalized;
  running: Running;
  isTraining: boolean;
  chosen: number;
  onPull: (index: number, value: number) => void;
}) {
  const { values, result, running, isTraining, chosen, onPull } = props;
  const [width, setWidth] = useState(640);
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = host.current;
    if (!node) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(260, node.clientWidth)));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  const at = (value: number) =>
    EDGE + ((Math.min(REACH, Math.max(-REACH, value)) + REACH) / (2 * REACH)) * (width - 2 * EDGE);

  const pulled = useRef(0);
  const svg = useDrag<SVGSVGElement>(({ across, starts }) => {
    const value = ((across * width - EDGE) / (width - 2 * EDGE)) * 2 * REACH - REACH;
    const held = Math.min(REACH, Math.max(-REACH, Math.round(value * 20) / 20));
    if (starts) {
      const distances = values.map((one) => Math.abs(one - held));
      pulled.current = distances.indexOf(Math.min(...distances));
    }
    onPull(pulled.current, held);
  });

  const spread = Math.sqrt(result.variance);
  const used = isTraining ? result : running;
  const usedSpread = Math.sqrt(used.variance + EPS);
  return (
    <div ref={host} class="batch-chart">
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={`${values.length} examples: mean ${result.mean.toFixed(2)}, standard deviation ${spread.toFixed(2)}`}
      >
        <text x={EDGE} y={18}>
          in: drag an example
        </text>
        <rect
          class="spread"
          x={at(used.mean - usedSpread)}
          width={Math.max(1, at(used.mean + usedSpread) - at(used.mean - usedSpread))}
          y={INPUT - 24}
          height={48}
        />
        <Scale at={at} y={INPUT} />
        <line class="mean" x1={at(result.mean)} x2={at(result.mean)} y1={INPUT - 34} y2={INPUT + 34} />
        <line
          class="mean running"
          x1={at(running.mean)}
          x2={at(running.mean)}
          y1={INPUT - 34}
          y2={INPUT + 34}
        />
        <Scale at={at} y={OUTPUT} />
        <text x={EDGE} y={OUTPUT + 56}>
          out
        </text>
        {values.map((value, i) => (
          <line
            key={i}
            class={i === chosen ? 'thread chosen' : 'thread'}
            x1={at(value)}
            y1={INPUT}
            x2={at(result.outputs[i] ?? 0)}
            y2={OUTPUT}
          />
        ))}
        {values.map((value, i) => (
          <Arrow
            key={i}
            from={at(value)}
            to={at(value + ARROW * (result.slopes[i] ?? 0))}
            y={INPUT - 42 - 7 * (i % 6)}
          />
        ))}
        {values.map((value, i) => (
          <circle
            key={i}
            class={i === chosen ? 'example chosen' : 'example'}
            cx={at(value)}
            cy={INPUT}
            r={9}
          />
        ))}
        {values.map((_, i) => (
          <circle
            key={i}
            class={i === chosen ? 'result chosen' : 'result'}
            cx={at(result.outputs[i] ?? 0)}
            cy={OUTPUT}
            r={6}
          />
        ))}
      </svg>
    </div>
  );
}

function Scale({ at, y }: { at: (value: number) => number; y: number }) {
  const ticks = [-6, -4, -2, 0, 2, 4, 6];
  return (
    <g class="scale">
      <line x1={at(-REACH)} x2={at(REACH)} y1={y} y2={y} />
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={at(tick)} x2={at(tick)} y1={y - 3} y2={y + 3} />
          <text x={at(tick)} y={y + 28} text-anchor="middle">
            {`${tick}`.replace('-', '−')}
          </text>
        </g>
      ))}
    </g>
  );
}

function Arrow({ from, to, y }: { from: number; to: number; y: number }) {
  const length = to - from;
  if (Math.abs(length) < 1) return null;
  const head = Math.sign(length) * Math.min(6, Math.abs(length));
  return (
    <path
      class={length > 0 ? 'slope up' : 'slope down'}
      d={`M${from} ${y}H${to}m${-head} ${-0.6 * Math.abs(head)}l${head} ${0.6 * Math.abs(head)}l${-head} ${0.6 * Math.abs(head)}`}
    />
  );
}
