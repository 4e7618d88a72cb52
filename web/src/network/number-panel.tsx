import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { KernelText } from '../lessons/kernel-text.tsx';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { useLatest } from '../lessons/pieces/use-latest.ts';
import { messageOf } from '../lib/errors.ts';
import { count } from '../lib/format.ts';
import { heatImage } from '../ui/heat.ts';
import { FaceCanvas } from '../ui/pieces.tsx';
import { digits, type Explanation, explain, type Place, type Term } from './explain.ts';
import { type GlobalGradient, globalGradient, type LocalGradient, localGradient } from './gradients.ts';
import { kernelsOf, MARKS } from './kernels.ts';
import { SIDE } from './subject.ts';
import { describe, type Step, sizeOf, type Trace } from './trace.ts';

/** Terms that are listed at first. */
const FEW = 12;

const sources = import.meta.glob<string>('../../../src/kernels/wgsl/*.wgsl', {
  query: '?raw',
  import: 'default',
});

interface Found {
  step: Step;
  place: Place;
  explanation: Explanation | null;
  gradient: LocalGradient | null;
  next: { step: Step; explanation: Explanation | null } | null;
}

/** Everything about one number: what made it, the kernel that did, and what it pulls on. */
export function NumberPanel(props: {
  device: Device;
  trace: Trace;
  step: Step;
  place: Place;
  run: <T>(work: () => Promise<T>) => Promise<T>;
  onOpen: (path: string, place: Place) => void;
}) {
  const { device, trace, step, place, run, onOpen } = props;
  const key = [step.path, place.channel, place.row, place.column].join();
  const found = useLatest(key, () =>
    run(async (): Promise<Found> => {
      const explanation = await explain(trace, step, place);
      const gradient = explanation ? await localGradient(step, place) : null;
      const follower = trace.consumerOf(step);
      const isNext = follower?.output.shape.join() === step.output.shape.join();
      const next =
        follower && isNext ? { step: follower, explanation: await explain(trace, follower, place) } : null;
      return { step, place, explanation, gradient, next };
    }),
  );
  const { value, trouble } = found;
  if (trouble) return <Trouble text={trouble} />;
  if (!value) return <p class="soft">Reading the numbers …</p>;
  const { explanation, gradient, next } = value;
  if (!explanation) {
    return (
      <p>
        This page has no formula for {step.module.type}. Its output is in the map; its parts, if it has any,
        are in the list of operators.
      </p>
    );
  }
  return (
    <div class="stack number-panel" data-testid="number-panel">
      <p class="formula">
        <code>{explanation.formula}</code>
      </p>
      <Terms found={value} explanation={explanation} gradient={gradient} trace={trace} onOpen={onOpen} />
      <Calculation explanation={explanation} />
      {next?.explanation && (
        <section class="stack" aria-label={`Then ${next.step.module.type}`}>
          <h3>
            Then{' '}
            <button type="button" class="link" onClick={() => onOpen(next.step.path, place)}>
              {describe(next.step)}
            </button>
          </h3>
          <Calculation explanation={next.explanation} />
        </section>
      )}
      <KernelPart device={device} step={step} run={run} />
      <Pull key={key} trace={trace} step={step} place={place} run={run} />
    </div>
  );
}

function Terms(props: {
  found: Found;
  explanation: Explanation;
  gradient: LocalGradient | null;
  trace: Trace;
  onOpen: (path: string, place: Place) => void;
}) {
  const { found, explanation, gradient, trace, onOpen } = props;
  const { step } = found;
  const [isAll, setAll] = useState(false);
  const { terms } = explanation;
  const { width, channels } = sizeOf(step.input);
  const hasWeights = terms.some(({ w }) => w !== null);
  const producer = trace.producerOf(step.input);
  const isLong = terms.length > 2 * FEW;
  const sorted = isLong ? terms.toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product)) : terms;
  const shown = isLong && !isAll ? sorted.slice(0, FEW) : sorted.slice(0, 1000);
  const slopeOfInput = ({ from, isInside }: Term) =>
    isInside ? gradient?.input[(from.row * width + from.column) * channels + from.channel] : undefined;
  const slopeOfWeight = ({ weightAt }: Term) => gradient?.weight?.[weightAt];
  const place = ({ from }: Term) =>
    step.input.rank === 4 ? `map ${from.channel}, (${from.row}, ${from.column})` : `number ${from.channel}`;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="The numbers that made it">
        <table class="terms">
          <thead>
            <tr>
              <th scope="col">Input</th>
              <th scope="col" class="number">
                x
              </th>
              {hasWeights && (
                <>
                  <th scope="col" class="number">
                    weight
                  </th>
                  <th scope="col" class="number">
                    product
                  </th>
                </>
              )}
              <th scope="col" class="number" title="slope with respect to the input, from the GPU">
                ∂y/∂x
              </th>
              {hasWeights && (
                <th scope="col" class="number" title="slope with respect to the weight, from the GPU">
                  ∂y/∂w
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {shown.map((term) => (
              <tr key={`${term.from.channel},${term.from.row},${term.from.column},${term.weightAt}`}>
                <th scope="row">
                  {!term.isInside ? (
                    'outside: 0'
                  ) : producer ? (
                    <button type="button" class="link" onClick={() => onOpen(producer.path, term.from)}>
                      {place(term)}
                    </button>
                  ) : (
                    place(term)
                  )}
                </th>
                <td class="number">{digits(term.x)}</td>
                {hasWeights && (
                  <>
                    <td class="number">{digits(term.w ?? 0)}</td>
                    <td class="number">{digits(term.product)}</td>
                  </>
                )}
                <td class="number">{slopeText(slopeOfInput(term))}</td>
                {hasWeights && <td class="number">{slopeText(slopeOfWeight(term))}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {isLong && (
        <p class="soft small">
          {isAll
            ? `${count(Math.min(1000, terms.length))} of ${count(terms.length)} terms, the largest products first. `
            : `The ${FEW} largest of ${count(terms.length)} products. `}
          <button type="button" class="link" onClick={() => setAll(!isAll)}>
            {isAll ? `Only ${FEW}` : 'Show more'}
          </button>
        </p>
      )}
      <p class="soft small">
        {producer
          ? `The inputs are outputs of ${producer.path}; choose one to see what made it. `
          : step.path === trace.steps[0]?.path || step.input.shape[1] === SIDE
            ? 'The inputs are the image, after normalization. '
            : 'The inputs were combined by the block: an addition, an activation, a mean or a concatenation. '}
        The slopes come from the library’s backward pass. For a sum of products, the slope of an input is its
        weight, and the slope of a weight is its input.
      </p>
    </>
  );
}

const slopeText = (value: number | undefined): string => (value === undefined ? '–' : digits(value));

function Calculation({ explanation }: { explanation: Explanation }) {
  const { lines, computed, kernel } = explanation;
  return (
    <table class="calculation">
      <tbody>
        {lines.map(({ name, text, value }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="soft small">{text}</td>
            <td class="number">{digits(value)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">Computed here</th>
          <td class="soft small">in double precision</td>
          <td class="number" data-testid="computed">
            {digits(computed)}
          </td>
        </tr>
        <tr>
          <th scope="row">By the kernel</th>
          <td class="soft small">in single precision, read from the GPU</td>
          <td class="number" data-testid="by-kernel">
            {digits(kernel)}
          </td>
        </tr>
        <tr>
          <th scope="row">Difference</th>
          <td class="soft small">
            {Math.abs(computed - kernel) > 1e-3 * Math.max(1, Math.abs(kernel))
              ? 'the block added a shortcut that this page cannot trace'
              : 'rounding'}
          </td>
          <td class="number" data-testid="difference">
            {Math.abs(computed - kernel)
              .toExponential(1)
              .replace('-', '−')}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function KernelPart(props: { device: Device; step: Step; run: <T>(work: () => Promise<T>) => Promise<T> }) {
  const { device, step, run } = props;
  const { value, trouble } = useLatest(step.path, () =>
    run(async () => {
      const names = await kernelsOf(device, step);
      const name = names.at(-1);
      const load = name ? sources[`../../../src/kernels/wgsl/${name}.wgsl`] : undefined;
      return { path: step.path, names, name, source: load ? await load() : null };
    }),
  );
  if (trouble) return <Trouble text={trouble} />;
  if (!value || value.path !== step.path) return null;
  const { names, name, source } = value;
  if (!name || !source) return <p class="soft">This operator needs no kernel in evaluation mode.</p>;
  return (
    <section class="stack" aria-labelledby="kernel-title">
      <h3 id="kernel-title">The kernel that computed it</h3>
      {names.length > 1 && (
        <p class="soft small">
          It runs {names.length} kernels: {names.join(', ')}.
        </p>
      )}
      <KernelText name={name} source={source} mark={MARKS[name] ?? /^\s*y\[/} note="" notes={[]} />
    </section>
  );
}

/** The gradient of the number through all layers before it. */
function Pull(props: {
  trace: Trace;
  step: Step;
  place: Place;
  run: <T>(work: () => Promise<T>) => Promise<T>;
}) {
  const { trace, step, place, run } = props;
  const [found, setFound] = useState<GlobalGradient | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const follow = async () => {
    setBusy(true);
    try {
      setFound(await run(() => globalGradient(trace, step, place)));
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const strongest = Math.max(...(found?.layers.map(({ strength }) => strength) ?? []), 0);
  return (
    <section class="stack" aria-labelledby="pull-title">
      <h3 id="pull-title">What this number pulls on</h3>
      {!found && (
        <>
          <p>
            Follow its gradient backward through all layers before it: which pixels of the image and which
            weights would change it most?
          </p>
          <div class="buttons">
            <button type="button" class="button" disabled={isBusy} onClick={() => void follow()}>
              {isBusy ? 'Running …' : 'Follow the gradient'}
            </button>
          </div>
        </>
      )}
      <Trouble text={trouble} />
      {found && (
        <div class="pull" data-testid="pull">
          <div class="tile">
            <FaceCanvas
              image={saliency(found.image)}
              label="How strongly each pixel of the image changes this number"
            />
            <p class="soft small">Bright pixels of the image change this number most.</p>
          </div>
          <dl class="pull-bars" aria-label="How strongly it pulls on the weights of each layer">
            {found.layers.map(({ path, strength }) => (
              <div key={path} style={{ '--bar': strongest > 0 ? strength / strongest : 0 }}>
                <dt>{path}</dt>
                <dd>{digits(Number(strength.toPrecision(3)))}</dd>
              </div>
            ))}
          </dl>
          <p class="soft small">
            The root mean square of the gradient over the weights of each layer. Layers that are missing have
            no influence on this number.
          </p>
        </div>
      )}
    </section>
  );
}

function saliency(gradient: Float32Array): ImageData {
  const strength = Float32Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.hypot(gradient[3 * i] ?? 0, gradient[3 * i + 1] ?? 0, gradient[3 * i + 2] ?? 0),
  );
  return heatImage(strength, SIDE, SIDE);
}
