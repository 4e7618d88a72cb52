import { useEffect, useState } from 'preact/hooks';
import { count, percent, short } from '../../lib/format.ts';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import type { LayerRow, LayerStats, Spread } from '../messages.ts';
import { isHeldOut } from '../settings.ts';
import { layers, runSettings, runState, showLayers } from '../store.ts';

/** Histograms of weights and gradients and the share of dead channels, per layer. Nothing is computed while it is folded. */
export function Layers() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    showLayers(true);
    return () => {
      showLayers(false);
    };
  }, [isOpen]);
  return (
    <details class="panel layers" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Weights and gradients</h2>
      </summary>
      {isOpen && <Content stats={layers.value} />}
    </details>
  );
}

function Content({ stats }: { stats: LayerStats | null }) {
  if (!stats) {
    return (
      <p class="soft" role="status">
        {runState.value.name === 'failed' ? 'The run ended before they were measured.' : 'Measuring …'}
      </p>
    );
  }
  const { step, gradientStep, images } = stats;
  const state = runState.value;
  const isKept = state.name === 'ended' && state.bestEpoch > 0;
  const moment = isKept
    ? `of the kept weights, those of epoch ${state.bestEpoch}`
    : `after step ${count(step)}`;
  const gradients =
    gradientStep === null
      ? 'Gradients exist only during a run, after its first step.'
      : `Gradients are those of step ${count(gradientStep)}, before clipping.`;
  return (
    <>
      <p class="soft small">
        Weights of the convolutions and linear layers {moment}. They are measured again after each epoch and
        when you pause. {gradients} A histogram is centered at 0; the number after ± is where it ends, at 4
        times the root mean square. A channel is dead if its activation is 0 on all {count(images)}{' '}
        {isHeldOut(runSettings.value) ? 'validation' : 'training'} pictures that were tried.
      </p>
      <ul class="layer-list">
        {stats.layers.map((layer) => (
          <Row key={layer.name} layer={layer} />
        ))}
      </ul>
      <Table stats={stats} />
    </>
  );
}

function Row({ layer }: { layer: LayerRow }) {
  const { name, weights, gradients, channels } = layer;
  return (
    <li>
      <span class="layer-name">
        {name}
        <small class="soft">{count(weights.count + weights.notFinite)} weights</small>
      </span>
      <Histogram what={`weights of ${name}`} spread={weights} kind="weights" />
      {gradients ? (
        <Histogram what={`gradients of ${name}`} spread={gradients} kind="gradients" />
      ) : (
        <span class="soft small">no gradient</span>
      )}
      <span class={channels && channels.dead > 0 ? 'dead some' : 'dead'}>
        {channels ? (
          <>
            {percent(channels.dead / channels.count)} dead
            <small class="soft">
              {count(channels.dead)} of {count(channels.count)}
            </small>
          </>
        ) : (
          <small class="soft">no ReLU or hard swish</small>
        )}
      </span>
    </li>
  );
}

function Histogram({ what, spread, kind }: { what: string; spread: Spread; kind: 'weights' | 'gradients' }) {
  const { bins, reach, deviation, notFinite } = spread;
  const most = Math.max(1, ...bins);
  const steps = bins.map((n, i) => `V${(1 - n / most).toFixed(4)}H${i + 1}`).join('');
  return (
    <figure class={`histogram ${kind}`}>
      <svg
        viewBox={`0 0 ${bins.length} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histogram of the ${what}: standard deviation ${short(deviation)}`}
      >
        <path d={`M0 1${steps}V1Z`} />
      </svg>
      <figcaption class="soft small">
        {kind === 'weights' ? 'weights' : 'gradients'} ±{short(reach)}
        {notFinite > 0 && <b class="bad"> {count(notFinite)} not finite</b>}
      </figcaption>
    </figure>
  );
}

const COLUMNS: readonly [string, (spread: Spread) => string][] = [
  ['mean', ({ mean }) => short(mean)],
  ['standard deviation', ({ deviation }) => short(deviation)],
  ['minimum', ({ low }) => short(low)],
  ['maximum', ({ high }) => short(high)],
];

function Table({ stats }: { stats: LayerStats }) {
  const heads = ['weight', 'gradient'].flatMap((what) => COLUMNS.map(([name]) => `${what}: ${name}`));
  return (
    <details class="chart-table small">
      <summary>Data table</summary>
      <ScrollBox label="Values by layer">
        <table aria-label="Weights, gradients and dead channels by layer">
          <thead>
            <tr>
              <th scope="col">layer</th>
              {[...heads, 'dead channels', 'channels'].map((head) => (
                <th key={head} scope="col" class="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {stats.layers.map(({ name, weights, gradients, channels }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {[weights, gradients].flatMap((spread, i) =>
                  COLUMNS.map(([column, of]) => (
                    <td key={`${i}${column}`} class="number">
                      {spread ? of(spread) : ''}
                    </td>
                  )),
                )}
                <td class="number">{channels ? count(channels.dead) : ''}</td>
                <td class="number">{channels ? count(channels.count) : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}
