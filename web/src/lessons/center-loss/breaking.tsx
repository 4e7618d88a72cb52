import type { Device } from 'feathergrad';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../lib/format.ts';
import { ClassKey } from '../../ui/class-key.tsx';
import { Notice } from '../../ui/pieces.tsx';
import { Plane } from './plane.tsx';
import { Session } from './session.ts';

const STEPS = 300;

/** Trains a few steps from the start, with and without the softmax. */
export function Breaking({ device, broken }: { device: Device; broken: boolean }) {
  const session = useMemo(
    () =>
      new Session(device, 'points', [
        { kind: 'learned', lambda: broken ? 1 : 0.3, alpha: 0.5, softmax: broken ? 0 : 1 },
      ]),
    [device, broken],
  );
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) session.start(STEPS); // moving the switch starts training
    first.current = false;
    return () => session.dispose();
  }, [session]);
  const [look] = session.looks.value;
  const problem = session.problem.value;
  if (problem) {
    return (
      <Notice title="Training stopped" kind="bad">
        <p>{problem}</p>
      </Notice>
    );
  }
  if (!look) return <p class="soft">Making a network …</p>;
  const isRunning = session.isRunning.value;
  return (
    <div class="two-sides">
      <div class="stack">
        <div class="buttons">
          <button
            type="button"
            class="button primary"
            disabled={isRunning || look.step >= STEPS}
            onClick={() => session.start(STEPS)}
          >
            {look.step >= STEPS ? 'Trained' : isRunning ? 'Training …' : `Train ${STEPS} steps`}
          </button>
        </div>
        <p class="soft small">{count(look.step)} steps</p>
        <ClassKey names={session.names.value} centers />
        {look.step >= STEPS && (
          <p data-testid="broken-verdict">
            {broken
              ? `The center loss is ${look.center?.toExponential(1)}: perfect but useless. All classes and all centers have collapsed to one place ± ${look.reach} wide.`
              : 'The softmax pushes the classes apart, and the center loss pulls each class together.'}
          </p>
        )}
      </div>
      <div class="planes">
        <Plane
          title={broken ? 'Center loss alone' : 'Softmax and center loss'}
          look={look}
          labels={session.labels.value}
          names={session.names.value}
          centers
          testId="broken"
        />
      </div>
    </div>
  );
}
