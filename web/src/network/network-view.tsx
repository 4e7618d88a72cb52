import '../styles/network.css';
import type { Device, ImageClassifier, ImageLike } from 'feathergrad';
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
import { percent } from '../lib/format.ts';
import { FaceCanvas, FileButton } from '../ui/pieces.tsx';
import type { Place } from './explain.ts';
import { byContrast, type MapData, mapImage, PixelPicker, Thumbnail } from './maps.tsx';
import { NumberPanel } from './number-panel.tsx';
import { isTrained, openModel, prepared, SIDE, sampleFace, squareOf } from './subject.ts';
import { type Block, describe, type Step, sizeOf, Trace } from './trace.ts';

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

type RunInTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** Keeps a trace of the network for the image. Work on it runs in turn, and the tensors are freed after the last. */
function useTrace(device: Device, name: ModelName, image: ImageLike | null) {
  const [found, setFound] = useState<{ trace: Trace; name: ModelName } | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const models = useRef(new Map<ModelName, Promise<ImageClassifier>>());
  const shown = useRef<Trace | null>(null);
  useEffect(() => {
    if (!image) return;
    let isOutdated = false;
    void inTurn(async () => {
      if (isOutdated) return;
      setTrouble(null);
      try {
        let model = models.current.get(name);
        if (!model) {
          model = openModel(device, name);
          models.current.set(name, model);
        }
        const opened = await model;
        if (isOutdated) return;
        const trace = new Trace(opened, prepared(opened, image));
        const before = shown.current;
        shown.current = trace;
        setFound({ trace, name });
        if (before) free(before); // after the work that still reads it
      } catch (error) {
        models.current.delete(name);
        if (!isOutdated) setTrouble(messageOf(error));
      }
    });
    return () => {
      isOutdated = true;
    };
  }, [device, name, image]);
  useEffect(
    () => () => {
      if (shown.current) free(shown.current);
      shown.current = null;
      const all = [...models.current.values()];
      models.current.clear();
      for (const model of all) void inTurn(async () => (await model.catch(() => null))?.dispose());
    },
    [device],
  );
  const trace = found?.name === name ? found.trace : null;
  return { trace, trouble, run: inTurn as RunInTurn };
}

function free(trace: Trace): void {
  void inTurn(async () => {
    trace.image.dispose();
    trace.dispose();
  });
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

/** Reads the maps of several tensors of a trace. */
function useMaps(trace: Trace, key: string, steps: readonly { output: Step['output'] }[], run: RunInTurn) {
  const seen = useLatest(key, () =>
    run(async () => {
      const maps = await Promise.all(
        steps.map(
          async ({ output }): Promise<MapData> => ({ values: await trace.read(output), ...sizeOf(output) }),
        ),
      );
      return { trace, key, maps };
    }),
  );
  const isNew = seen.value?.trace === trace && seen.value.key === key;
  return { maps: isNew ? (seen.value?.maps ?? null) : null, trouble: seen.trouble };
}

const traceNumbers = new WeakMap<Trace, number>();
let traces = 0;
/** A number that identifies a trace, for keys. */
function numberOf(trace: Trace): number {
  const known = traceNumbers.get(trace);
  if (known !== undefined) return known;
  traceNumbers.set(trace, ++traces);
  return traces;
}

function Blocks({ trace, onOpen, run }: { trace: Trace; onOpen: (path: string) => void; run: RunInTurn }) {
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

function Operators(props: { trace: Trace; block: Block; onOpen: (path: string) => void; run: RunInTurn }) {
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

/** Thumbnails of one operator. */
const MOST_MAPS = 24;

function Operator(props: {
  device: Device;
  trace: Trace;
  step: Step;
  at: string;
  run: RunInTurn;
  onPlace: (place: Place) => void;
  onOpen: (path: string, place: Place) => void;
}) {
  const { device, trace, step, at, run, onPlace, onOpen } = props;
  const { maps, trouble } = useMaps(trace, `${step.path},${numberOf(trace)}`, [step], run);
  const data = maps?.[0];
  if (trouble) return <Trouble text={trouble} />;
  if (!data) return <p class="soft">Reading the maps …</p>;
  const place = placeIn(at, data);
  const isVector = data.height * data.width === 1;
  const order = isVector ? [] : byContrast(data).slice(0, MOST_MAPS);
  const where = isVector
    ? `number ${place.channel}`
    : `map ${place.channel}, row ${place.row}, column ${place.column}`;
  return (
    <div class="operator">
      <div class="stack">
        <h2>{describe(step)}</h2>
        <PixelPicker
          data={data}
          place={place}
          name={isVector ? `${data.channels} numbers` : `Map ${place.channel} of ${data.channels}`}
          onPlace={onPlace}
        />
        <p aria-live="polite" data-testid="where">
          {where}
        </p>
        {!isVector && (
          <fieldset class="map-buttons" aria-label="Map">
            {order.map((channel) => (
              <button
                key={channel}
                type="button"
                aria-label={`Map ${channel}`}
                aria-pressed={channel === place.channel}
                onClick={() => onPlace({ ...place, channel })}
              >
                <Thumbnail image={mapImage(data, channel)} />
              </button>
            ))}
          </fieldset>
        )}
        <p class="soft small">
          {isVector
            ? 'A number per channel, row by row. '
            : `${order.length} of ${data.channels} maps, those with the most contrast first. `}
          Dark is the lowest value of a map, bright the highest. Click a pixel, or use the arrow keys.
        </p>
      </div>
      <NumberPanel
        key={`${step.path},${numberOf(trace)}`}
        device={device}
        trace={trace}
        step={step}
        place={place}
        run={run}
        onOpen={onOpen}
      />
    </div>
  );
}

/** Reads `channel.row.column`; without it, the brightest map's center. */
function placeIn(at: string, data: MapData): Place {
  const { height, width, channels } = data;
  const [channel = Number.NaN, row = Number.NaN, column = Number.NaN] = at.split('.').map(Number);
  const isPlace = at !== '' && [channel, row, column].every((n) => Number.isInteger(n) && n >= 0);
  if (!isPlace) {
    const first = height * width === 1 ? 0 : (byContrast(data)[0] ?? 0);
    return { channel: first, row: height >> 1, column: width >> 1 };
  }
  return {
    channel: Math.min(channel, channels - 1),
    row: Math.min(row, height - 1),
    column: Math.min(column, width - 1),
  };
}
