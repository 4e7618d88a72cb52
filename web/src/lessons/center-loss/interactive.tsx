import type { Device } from 'feathergrad';
import { useEffect, useMemo } from 'preact/hooks';
import { count } from '../../lib/format.ts';
import { ClassKey } from '../../ui/class-key.tsx';
import { Choice, Notice } from '../../ui/pieces.tsx';
import { Slider } from '../pieces.tsx';
import { useUrlState } from '../url-state.ts';
import type { DataKind } from './data.ts';
import { Plane } from './plane.tsx';
import { MOST_STEPS, Session } from './session.ts';
import type { Settings } from './trainer.ts';

const KINDS = ['points', 'faces'] as const;

/**
 * Two networks with the same initial weights and batches: one with learned centers, one with those of the released
 * code.
 */
export function Interactive({ device }: { device: Device }) {
  const [data, setData] = useUrlState<DataKind>('data', 'points', KINDS);
  const [lambda, setLambda] = useUrlState('lambda', 0.3, [0, 1]);
  const [alpha, setAlpha] = useUrlState('alpha', 0.5, [0, 1]);
  const settings = useMemo(
    () => (['learned', 'released'] as const).map((kind): Settings => ({ kind, lambda, alpha, softmax: 1 })),
    [lambda, alpha],
  );
  const session = useMemo(() => new Session(device, data, settings), [device, data]);
  useEffect(() => () => session.dispose(), [session]);
  useEffect(() => session.set(settings), [session, settings]);

  const looks = session.looks.value;
  const names = session.names.value;
  const labels = session.labels.value;
  const isRunning = session.isRunning.value;
  const problem = session.problem.value;
  const step = looks[0]?.step ?? 0;
  const isDone = step >= MOST_STEPS;
  return (
    <div class="two-sides">
      <div class="stack">
        <Choice
          label="Data"
          value={data}
          options={[
            ['points', 'Points'],
            ['faces', 'Drawn faces'],
          ]}
          onChange={setData}
        />
        <Slider
          label="λ, weight of the center loss"
          value={lambda}
          step={0.01}
          show={(value) => value.toFixed(2)}
          onValue={setLambda}
          testId="lambda"
        />
        <Slider
          label="α, rate of the centers"
          value={alpha}
          step={0.05}
          show={(value) => value.toFixed(2)}
          onValue={setAlpha}
          testId="alpha"
        />
        <div class="buttons">
          <button
            type="button"
            class="button primary"
            disabled={looks.length === 0 || isDone || problem !== null}
            onClick={() => (isRunning ? session.pause() : session.start())}
          >
            {isRunning ? 'Pause' : 'Train'}
          </button>
          <button type="button" class="button" disabled={step === 0} onClick={() => session.again()}>
            Start over
          </button>
        </div>
        <p class="soft small">
          <span data-testid="step">{count(step)}</span> steps
          {isDone && ': done, it has converged'}. Both sliders take effect during training.
        </p>
        <ClassKey names={names} centers />
        <p class="soft small">
          The background color shows the class that the last layer predicts there. α affects only learned
          centers.
        </p>
      </div>
      <div class="planes">
        {problem && (
          <Notice title="Training stopped" kind="bad">
            <p>{problem}</p>
          </Notice>
        )}
        {looks.length === 0 && !problem && <p class="soft">Making two networks …</p>}
        {looks.map((look, i) => (
          <Plane
            key={i}
            title={i === 0 ? 'Learned centers' : 'The released code: new random centers at each step'}
            look={look}
            labels={labels}
            names={names}
            centers
            testId={i === 0 ? 'learned' : 'released'}
          />
        ))}
      </div>
    </div>
  );
}
