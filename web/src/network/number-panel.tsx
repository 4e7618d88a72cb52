import type { Device } from 'feathergrad';
import { KernelText } from '../lessons/kernel-text.tsx';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { useLatest } from '../lessons/pieces/use-latest.ts';
import { explain } from './explain.ts';
import { digits, type Explanation, type Place } from './explanation.ts';
import { type LocalGradient, localGradient } from './gradients.ts';
import { kernelsOf, MARKS } from './kernels.ts';
import { Pull } from './number-pull.tsx';
import { Terms } from './number-terms.tsx';
import { describe, type Step, type Trace } from './trace.ts';

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
      <Terms step={value.step} explanation={explanation} gradient={gradient} trace={trace} onOpen={onOpen} />
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
