import type { Device } from 'feathergrad';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { LAYERS, sizesByDepth } from './depth.ts';

const WIDTH = 640;
const HEIGHT = 240;
const EDGE = { left: 52, right: 8, top: 16, bottom: 30 };
/** f32 ends at 3.4e38 */
const DECADES = [-2, 38] as const;

/** The size of the values after each of twelve layers. */
export function DepthView({ device, broken }: { device: Device; broken: boolean }) {
  const { value, trouble } = useLatest(String(broken), async () => ({
    broken,
    sizes: await sizesByDepth(device, !broken),
  }));
  if (!value) return trouble === null ? <p class="soft">Computing …</p> : <Trouble text={trouble} />;
  const { sizes } = value;
  const end = sizes.findIndex((size) => !Number.isFinite(size));
  const last = sizes.at(-1) as number;
  const step = (WIDTH - EDGE.left - EDGE.right) / LAYERS;
  const down = (decade: number) =>
    HEIGHT -
    EDGE.bottom -
    ((decade - DECADES[0]) / (DECADES[1] - DECADES[0])) * (HEIGHT - EDGE.top - EDGE.bottom);
  return (
    <div class="stack">
      <svg
        class="plot-drawing"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label="Size of the values by layer"
      >
        {[0, 10, 20, 30, 38].map((decade) => (
          <g key={decade}>
            <line class="grid" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={down(decade)} y2={down(decade)} />
            <text x={EDGE.left - 6} y={down(decade) + 4} text-anchor="end">
              1e{decade}
            </text>
          </g>
        ))}
        {sizes.map((size, i) => {
          const decade = Number.isFinite(size) ? Math.max(DECADES[0], Math.log10(size)) : DECADES[1];
          return (
            <g key={i}>
              <rect
                class={Number.isFinite(size) ? 'bar curved' : 'bar lost'}
                x={EDGE.left + i * step + 4}
                width={step - 8}
                y={down(decade)}
                height={HEIGHT - EDGE.bottom - down(decade)}
              />
              <text x={EDGE.left + (i + 0.5) * step} y={HEIGHT - 10} text-anchor="middle">
                {i + 1}
              </text>
            </g>
          );
        })}
      </svg>
      <p role="status" data-testid="depth">
        {end < 0
          ? `After ${LAYERS} layers the values have size ${last.toPrecision(3)}.`
          : `After layer ${end + 1} the values exceed the range of f32: they are infinite or not a number.`}
      </p>
    </div>
  );
}
