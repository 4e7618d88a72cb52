import { useState } from 'preact/hooks';
import { count } from '../lib/format.ts';
import { digits, type Explanation, type Place, type Term } from './explanation.ts';
import type { LocalGradient } from './gradients.ts';
import { SIDE } from './subject.ts';
import { type Step, sizeOf, type Trace } from './trace.ts';

/** Terms that are listed at first. */
const FEW = 12;

/** The inputs and weights that made a number, with the slope of the number with respect to each. */
export function Terms(props: {
  step: Step;
  explanation: Explanation;
  gradient: LocalGradient | null;
  trace: Trace;
  onOpen: (path: string, place: Place) => void;
}) {
  const { step, explanation, gradient, trace, onOpen } = props;
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
