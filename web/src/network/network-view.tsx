import '../styles/network.css';
import type { Device, ImageLike } from 'feathergrad';
import { EXPRESSIONS } from 'feathergrad/data';
import { listModels, type ModelName } from 'feathergrad/models';
import { useEffect, useRef, useState } from 'preact/hooks';
import { NoWebGpu } from '../app/no-webgpu.tsx';
import { inTurn, useDevice } from '../lessons/device.ts';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { useLatest } from '../lessons/pieces/use-latest.ts';
import { useUrlState } from '../lessons/url-state.ts';
import { drawFaces } from '../lessons/whole-network/subject.ts';
import { messageOf } from '../lib/errors.ts';
import { FaceCanvas, FileButton } from '../ui/pieces.tsx';
import { Blocks, Operators } from './blocks.tsx';
import type { Place } from './explanation.ts';
import { Operator } from './operator.tsx';
import { isTrained, SIDE, sampleFace, squareOf } from './subject.ts';
import { useTrace } from './use-trace.ts';

/** A whole network in three levels: its blocks, the operators of a block, and the numbers that made one number. */
export function NetworkView() {
  const state = useDevice();
  return (
    <div class="network-page">
      <div class="page-head">
        <h1>The whole network, down to one number</h1>
        <p>
          A network is a row of blocks, a block is a few operators, and an operator makes every number of its
          maps from a handful of others. Choose a block, an operator and a pixel, and check the arithmetic.
        </p>
      </div>
      {'device' in state ? (
        <Explorer device={state.device} />
      ) : 'why' in state ? (
        <NoWebGpu why={state.why} />
      ) : (
        <p class="soft">Opening the GPU …</p>
      )}
    </div>
  );
}

const MODELS = listModels();

function Explorer({ device }: { device: Device }) {
  const [name, setName] = useUrlState<ModelName>('model', 'fer_mobilenetv3', MODELS);
  const [personAt, setPerson] = useUrlState('person', 1, [1, 999]);
  const [labelAt, setLabel] = useUrlState('face', 3, [0, EXPRESSIONS.length - 1]);
  const [blockAt, setBlock] = useUrlState('block', '');
  const [operatorAt, setOperator] = useUrlState('op', '');
  const [at, setAt] = useUrlState('at', '');
  const [person, label] = [Math.round(personAt), Math.round(labelAt)];
  const [own, setOwn] = useState<{ image: ImageBitmap; name: string } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const faces = useLatest(`${person}`, () => inTurn(() => drawFaces(device, person, SIDE)));
  const drawn = faces.value?.[label] ?? null;
  const image: ImageLike | null = own?.image ?? drawn?.image ?? null;
  const { trace, trouble, run } = useTrace(device, name, image);

  const block = trace?.blockOf(blockAt) ?? null;
  const operator = block?.operators.find(({ path }) => path === operatorAt) ?? null;
  const level = operator ? 2 : block ? 1 : 0;
  const zoom = useZoom(level);
  const origin = useRef(['50%', '0']);
  const levelKey = `${level},${blockAt},${operatorAt}`;
  const levelBox = useRef<HTMLDivElement>(null);
  const lastKey = useRef(levelKey);
  useEffect(() => {
    // what was chosen is no longer there, so the focus moves to what replaced it
    if (lastKey.current !== levelKey) levelBox.current?.focus({ preventScroll: true });
    lastKey.current = levelKey;
  }, [levelKey]);
  const toNetwork = () => {
    setBlock('');
    setOperator('');
    setAt('');
  };
  const toBlock = (path: string) => {
    setBlock(path);
    setOperator('');
    setAt('');
  };
  const open = (path: string, place: Place | null) => {
    const next = trace?.blockOf(path);
    if (!next) return;
    setBlock(next.path);
    setOperator(path);
    setAt(place ? [place.channel, place.row, place.column].join('.') : '');
  };
  const choose = async (load: () => Promise<ImageBitmap>, name: string) => {
    try {
      setOwn({ image: await load(), name });
      setProblem(null);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <div class="stack">
      <div class="network-bar">
        <label class="example-select">
          <span class="soft">Network</span>
          <select
            value={name}
            onChange={(event) => {
              toNetwork();
              setName(event.currentTarget.value as ModelName);
            }}
          >
            {MODELS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="face-choice" aria-label="Face">
          {faces.value?.map((face) => {
            const expression = EXPRESSIONS[face.label] as string;
            const isChosen = !own && face.label === label;
            return (
              <button
                key={face.label}
                type="button"
                class={isChosen ? 'face-pick chosen' : 'face-pick'}
                aria-pressed={isChosen}
                title={expression}
                onClick={() => {
                  setOwn(null);
                  setLabel(face.label);
                }}
              >
                <FaceCanvas image={face.image} label={expression} />
              </button>
            );
          })}
        </fieldset>
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => {
              setOwn(null);
              setPerson((person % 999) + 1);
            }}
          >
            Another person
          </button>
          <button type="button" class="button" onClick={() => void choose(sampleFace, 'the sample')}>
            Sample
          </button>
          <FileButton
            accept="image/*"
            testId="network-image"
            onFiles={([file]) => file && void choose(() => squareOf(file), file.name)}
          >
            Your picture
          </FileButton>
        </div>
      </div>
      {own && <p class="soft small">The picture is {own.name}. It stays on this machine.</p>}
      {!isTrained(name) && (
        <p class="soft small">
          This network has random weights here, so its maps and its answer mean nothing yet. The arithmetic is
          the same.
        </p>
      )}
      <Trouble text={problem ?? faces.trouble ?? trouble} />
      {!trace && !trouble && <p class="soft">Running the network …</p>}
      {trace && (
        // Escape leads one level up from wherever the focus is
        // biome-ignore lint/a11y/noStaticElementInteractions: the links of the path do the same
        <div
          class="stack"
          onClickCapture={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            // a press of Enter has no position
            if (event.detail > 0)
              origin.current = [`${event.clientX - box.left}px`, `${event.clientY - box.top}px`];
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || level === 0) return;
            if (level === 2 && block) toBlock(block.path);
            else toNetwork();
          }}
        >
          <nav class="level-path" aria-label="Level">
            <button
              type="button"
              class="link"
              aria-current={level === 0 ? 'step' : undefined}
              onClick={toNetwork}
            >
              {name}
            </button>
            {block && (
              <>
                <span aria-hidden="true">›</span>
                <button
                  type="button"
                  class="link"
                  aria-current={level === 1 ? 'step' : undefined}
                  onClick={() => toBlock(block.path)}
                >
                  {block.path}
                </button>
              </>
            )}
            {operator && (
              <>
                <span aria-hidden="true">›</span>
                <span aria-current="step">{operator.path}</span>
              </>
            )}
          </nav>
          <div
            key={levelKey}
            ref={levelBox}
            tabIndex={-1}
            class={zoom}
            style={{ transformOrigin: origin.current.join(' ') }}
            data-testid={`level-${level}`}
          >
            {level === 0 && <Blocks trace={trace} onOpen={toBlock} run={run} />}
            {level === 1 && block && (
              <Operators trace={trace} block={block} onOpen={(path) => open(path, null)} run={run} />
            )}
            {level === 2 && operator && (
              <Operator
                device={device}
                trace={trace}
                step={operator}
                at={at}
                run={run}
                onPlace={(place) => setAt([place.channel, place.row, place.column].join('.'))}
                onOpen={open}
              />
            )}
          </div>
        </div>
      )}
    </div>
  );
}

/** The class of the animation between two levels: into a part, or out of it. */
function useZoom(level: number): string {
  const before = useRef(level);
  const direction = useRef('');
  if (before.current !== level) {
    direction.current = level > before.current ? 'zoom-in' : 'zoom-out';
    before.current = level;
  }
  return `level ${direction.current}`;
}
