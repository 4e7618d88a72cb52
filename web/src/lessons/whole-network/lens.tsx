import { EXPRESSIONS } from 'feathergrad/data';
import { useEffect, useState } from 'preact/hooks';
import { percent } from '../../lib/format.ts';
import { Choice, FaceCanvas } from '../../ui/pieces.tsx';
import { HeatPixels } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useLatest } from '../pieces/use-latest.ts';
import { useUrlState } from '../url-state.ts';
import type { Block } from './blocks.ts';
import type { Lab } from './lab.ts';
import { MapSheet } from './map-sheet.tsx';
import type { Face, Maps } from './subject.ts';

/** Milliseconds between two updates while the network trains. */
const EVERY = 1500;

/** A face and the chosen block's output for it. */
export function Lens({ lab, block, side }: { lab: Lab; block: Block; side: number }) {
  const [personAt, setPerson] = useUrlState('person', 1, [1, 999]);
  const [labelAt, setLabel] = useUrlState('face', 3, [0, EXPRESSIONS.length - 1]);
  const [person, label] = [Math.round(personAt), Math.round(labelAt)];
  const [stageAt, setStage] = useUrlState('stage', '');
  const stage = block.stages.find(({ name }) => name === stageAt) ?? block.stages.at(-1);
  const faces = useLatest(`${person},${side}`, () => lab.faces(person, side));
  const face = faces.value?.[label] ?? null;
  const training = lab.training.value;
  const look = useTicks(training?.isRunning.value ?? false);
  const step = training?.step.peek() ?? 0;
  const size = face?.image.width;
  const key = [block.name, stage?.name, person, label, look, step > 0, size].join();
  const seen = useLatest(key, async () => {
    if (!face || !stage) return null;
    return { maps: await lab.maps(face, stage), name: `${block.name}, ${stage.name}` };
  });
  const names = lab.model.value?.classNames ?? [];
  return (
    <div class="lens">
      <div class="stack">
        <fieldset class="faces-row" aria-label="Expression">
          {faces.value?.map((one) => (
            <FaceButton key={one.label} face={one} isChosen={one.label === label} onChoose={setLabel} />
          ))}
        </fieldset>
        <div class="buttons">
          <button type="button" class="button" onClick={() => setPerson((person % 999) + 1)}>
            Another person
          </button>
        </div>
        <Trouble text={faces.trouble} />
      </div>
      <h3>
        {block.name}: <span class="soft">{block.what}</span>
      </h3>
      {block.stages.length > 1 && (
        <Choice
          label="Stage of the block"
          value={stage?.name ?? ''}
          options={block.stages.map(({ name }) => [name, name] as const)}
          onChange={setStage}
        />
      )}
      <Trouble text={seen.trouble} />
      {!seen.value && !seen.trouble && <p class="soft">Running the network …</p>}
      {seen.value && <MapSheet maps={seen.value.maps} name={seen.value.name} />}
      {seen.value?.maps.gate && <LetThrough gate={seen.value.maps.gate} />}
      {seen.value && <Answer names={names} probabilities={seen.value.maps.probabilities} label={label} />}
    </div>
  );
}

function LetThrough({ gate }: { gate: NonNullable<Maps['gate']> }) {
  const [low, high] = [Math.min(...gate.values), Math.max(...gate.values)];
  return (
    <div class="let-through">
      <HeatPixels {...gate} label="Attention map" />
      <p class="small soft">
        The attention at each place: row gate times column gate, averaged over the channels, from{' '}
        {low.toFixed(3)} (dark) to {high.toFixed(3)}.
      </p>
    </div>
  );
}

function FaceButton(props: { face: Face; isChosen: boolean; onChoose: (label: number) => void }) {
  const { face, isChosen, onChoose } = props;
  const name = EXPRESSIONS[face.label] as string;
  return (
    <button
      type="button"
      class={isChosen ? 'face-button chosen' : 'face-button'}
      aria-pressed={isChosen}
      title={name}
      onClick={() => onChoose(face.label)}
    >
      <FaceCanvas image={face.image} label={name} />
    </button>
  );
}

function Answer(props: { names: readonly string[]; probabilities: Float32Array; label: number }) {
  const { names, probabilities, label } = props;
  const drawn = EXPRESSIONS[label];
  return (
    <dl class="answer-bars" aria-label="Prediction of the network" data-testid="probabilities">
      {names.map((name, i) => {
        const share = probabilities[i] as number;
        return (
          <div key={name} class={name === drawn ? 'drawn' : undefined} style={{ '--bar': share }}>
            <dt>{name}</dt>
            <dd>{percent(share)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** Increments periodically while `isOn`, and once afterwards. */
function useTicks(isOn: boolean): number {
  const [ticks, set] = useState(0);
  useEffect(() => {
    set((n) => n + 1);
    if (!isOn) return;
    const timer = setInterval(() => set((n) => n + 1), EVERY);
    return () => clearInterval(timer);
  }, [isOn]);
  return ticks;
}
