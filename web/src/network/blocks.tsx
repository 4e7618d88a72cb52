import type { ModelName } from 'feathergrad/models';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { useLatest } from '../lessons/pieces/use-latest.ts';
import { percent } from '../lib/format.ts';
import { byContrast, type MapData, mapImage, Thumbnail } from './maps.tsx';
import { isTrained } from './subject.ts';
import { type Block, describe, type Step, sizeOf, type Trace } from './trace.ts';
import { numberOf, type RunInTurn, useMaps } from './use-trace.ts';

/** The first level: one card per block, and the answer. */
export function Blocks({
  trace,
  onOpen,
  run,
}: {
  trace: Trace;
  onOpen: (path: string) => void;
  run: RunInTurn;
}) {
  const { maps, trouble } = useMaps(trace, `blocks,${numberOf(trace)}`, trace.blocks, run);
  const answer = useLatest(`answer,${numberOf(trace)}`, () => run(() => trace.read(trace.probabilities)));
  return (
    <div class="stack">
      <Trouble text={trouble} />
      <ol class="strip" aria-label="Blocks of the network">
        {trace.blocks.map((block, i) => (
          <li key={block.path}>
            <Card
              name={block.path}
              about={block.type}
              output={block.output}
              maps={maps?.[i] ?? null}
              onOpen={() => onOpen(block.path)}
            />
          </li>
        ))}
      </ol>
      {answer.value && (
        <p data-testid="answer">
          {isTrained(trace.model.model as ModelName) ? 'The answer: ' : 'The answer with random weights: '}
          {top(answer.value, trace.model.classNames)}
        </p>
      )}
    </div>
  );
}

function top(probabilities: ArrayLike<number>, names: readonly string[]): string {
  return Array.from(probabilities, (share, i) => ({ share, name: names[i] ?? '' }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ share, name }) => `${name} ${percent(share)}`)
    .join(', ');
}

function Card(props: {
  name: string;
  about: string;
  output: Step['output'];
  maps: MapData | null;
  onOpen: () => void;
}) {
  const { name, about, output, maps, onOpen } = props;
  const { height, width, channels } = sizeOf(output);
  const shown = maps ? byContrast(maps).slice(0, height * width === 1 ? 1 : 4) : [];
  return (
    <button type="button" class="map-card" onClick={onOpen}>
      <span class={shown.length > 1 ? 'four' : 'one'}>
        {maps && shown.map((channel) => <Thumbnail key={channel} image={mapImage(maps, channel)} />)}
      </span>
      <b>{name}</b>
      <span class="soft small">{about}</span>
      <span class="soft small">
        {channels} × {height} × {width}
      </span>
    </button>
  );
}

/** The second level: one card per operator of a block. */
export function Operators(props: {
  trace: Trace;
  block: Block;
  onOpen: (path: string) => void;
  run: RunInTurn;
}) {
  const { trace, block, onOpen, run } = props;
  const { maps, trouble } = useMaps(trace, `${block.path},${numberOf(trace)}`, block.operators, run);
  return (
    <div class="stack">
      <h2>
        {block.path} <span class="soft">{block.type}</span>
      </h2>
      <Trouble text={trouble} />
      <ol class="strip wrapped" aria-label={`Operators of ${block.path}`}>
        {block.operators.map((step, i) => (
          <li key={`${step.path},${i}`}>
            <Card
              name={step.path.slice(block.path.length + 1) || step.path}
              about={describe(step)}
              output={step.output}
              maps={maps?.[i] ?? null}
              onOpen={() => onOpen(step.path)}
            />
          </li>
        ))}
      </ol>
      {block.isCombined && (
        <p class="soft">
          The output of the block is combined from these operators, by an addition, an activation or a
          concatenation.
        </p>
      )}
    </div>
  );
}
