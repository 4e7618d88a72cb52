import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { fetchShipped } from '../../lib/fetch-shipped.ts';
import { percent } from '../../lib/format.ts';
import { hasShipped } from '../../lib/shipped.ts';
import { ClassKey } from '../../ui/class-key.tsx';
import { Notice } from '../../ui/pieces.tsx';
import { ScrollBox } from '../../ui/scroll-box.tsx';
import { inTurn } from '../device.ts';
import { RgbPixels } from '../pieces/pixels.tsx';
import { Trouble } from '../pieces/trouble.tsx';
import { useIsGone } from '../pieces/use-is-gone.ts';
import { useLatest } from '../pieces/use-latest.ts';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import { CLASSES, drawClass, PEOPLE, SIDE } from './faces.ts';
import { STEPS, trainLastLayer } from './last-layer.ts';
import { type Seen, seeFaces } from './networks.ts';
import { Plot } from './plot.tsx';
import { Scatter } from './scatter.tsx';
import { verdictOf } from './verdict.ts';

const COUNTS = [2, 5, 10, 20];
const TESTED = CLASSES.length * PEOPLE.test;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export function Interactive({ device }: { device: Device }) {
  const [wanted, setPeople] = useUrlState('people', 10, [2, 20]);
  const people = COUNTS.find((one) => one >= wanted) ?? PEOPLE.train;
  const [seen, setSeen] = useState<readonly Seen[] | null>(null);
  const [progress, setProgress] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const isGone = useIsGone();
  const start = async () => {
    setTrouble(null);
    setProgress('Loading …');
    try {
      const weights = await fetchShipped(({ loaded, total }) =>
        setProgress(`Loading ${megabytes(loaded)}${total === null ? '' : ` of ${megabytes(total)}`} …`),
      );
      if (isGone.current) return;
      setProgress('Running both networks on all faces …');
      const found = await inTurn(() => seeFaces(device, weights));
      if (!isGone.current) setSeen(found);
    } catch (error) {
      setTrouble(messageOf(error));
    } finally {
      setProgress(null);
    }
  };
  return (
    <div class="stack">
      <Faces device={device} />
      <ClassKey names={CLASSES} centers={false} />
      <Slider
        label="People in the training set"
        value={people}
        steps={COUNTS}
        show={(value) => `${value}, that is ${CLASSES.length * value} faces`}
        onValue={setPeople}
        testId="people"
      />
      <Trouble text={trouble} />
      {!seen && !hasShipped && (
        <Notice title="This copy of the page has no trained weights">
          <p>The figure needs them. The rest of the lesson works without.</p>
        </Notice>
      )}
      {!seen && hasShipped && (
        <>
          <div class="buttons">
            <button
              type="button"
              class="button primary"
              disabled={progress !== null}
              onClick={start}
              data-testid="start"
            >
              {progress ?? 'Load the weights and train'}
            </button>
          </div>
          <p class="soft small">
            The weights of the pretrained network are 2.8 MB. They are not loaded before you press the button.
          </p>
        </>
      )}
      {seen && <Trained device={device} seen={seen} people={people} />}
    </div>
  );
}

/** The same person with each of the three expressions. */
function Faces({ device }: { device: Device }) {
  const { value, trouble } = useLatest('faces', async () => {
    const tensors = CLASSES.map((_, label) => drawClass(device, label, 'train', 1));
    try {
      return (await device.read(tensors)).map((bytes) => new Float32Array(bytes));
    } finally {
      for (const one of tensors) one.dispose();
    }
  });
  if (!value) return <Trouble text={trouble} />;
  return (
    <div class="faces-row">
      {value.map((values, label) => (
        <figure key={CLASSES[label]}>
          <RgbPixels values={values} height={SIDE} width={SIDE} label={`Drawn face, ${CLASSES[label]}`} />
          <figcaption>{CLASSES[label]}</figcaption>
        </figure>
      ))}
    </div>
  );
}

function Trained(props: { device: Device; seen: readonly Seen[]; people: number }) {
  const { device, seen, people } = props;
  const { value, trouble } = useLatest(String(people), () =>
    inTurn(async () => {
      const curves = [];
      for (const { name, features } of seen) {
        const { train, test } = await trainLastLayer(device, features, people);
        curves.push({ name, shares: test, onTrain: train.at(-1) ?? 0, onTest: test.at(-1) ?? 0 });
      }
      return { curves, people };
    }),
  );
  if (!value) return trouble === null ? <p class="soft">Training …</p> : <Trouble text={trouble} />;
  const [pretrained, random] = value.curves.map(({ onTest }) => onTest) as [number, number];
  return (
    <>
      <div class="scatters">
        {seen.map(({ name, points }) => (
          <Scatter key={name} points={points} label={`Embedding (PCA), ${name} weights`} />
        ))}
      </div>
      <figure>
        <figcaption class="small soft">
          Accuracy on the faces of {PEOPLE.test} other people; dashed: guessing
        </figcaption>
        <Plot curves={value.curves} />
      </figure>
      <ScrollBox label="Accuracies">
        <table class="costs" data-testid="accuracies">
          <thead>
            <tr>
              <th scope="col">weights</th>
              <th scope="col" class="number">
                training faces
              </th>
              <th scope="col" class="number">
                other people
              </th>
            </tr>
          </thead>
          <tbody>
            {value.curves.map(({ name, onTrain, onTest }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{percent(onTrain)}</td>
                <td class="number" data-testid={`accuracy-${name}`}>
                  {percent(onTest)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <p role="status" data-testid="verdict">
        {verdictOf({ people: value.people, tested: TESTED, pretrained, random })} The last layer was trained
        for {STEPS} steps.
      </p>
    </>
  );
}
