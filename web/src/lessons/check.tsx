import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../lib/errors.ts';
import { inTurn } from './device.ts';
import type { Lesson } from './lesson.ts';

type Found = { pass: boolean; text: string } | { problem: string };

/** The button that compares the tape's gradients with central differences. */
export function Check({ device, label, run }: Lesson['check'] & { device: Device }) {
  const [isRunning, setRunning] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const start = async () => {
    setRunning(true);
    try {
      setFound(await inTurn(() => run(device)));
    } catch (error) {
      setFound({ problem: messageOf(error) });
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <p class="soft">
        The gradient that the kernels compute is compared with central differences, (f(x + h) − f(x − h)) /
        2h, element by element.
      </p>
      <button type="button" class="button primary" disabled={isRunning} onClick={start}>
        {isRunning ? 'Checking …' : label}
      </button>
      <div aria-live="polite">
        {found && (
          <p class={`verdict ${'pass' in found && found.pass ? 'good' : 'off'}`} data-testid="check-result">
            <b>{'problem' in found ? 'Error:' : found.pass ? 'Pass:' : 'Fail:'}</b>{' '}
            {'problem' in found ? found.problem : found.text}
          </p>
        )}
      </div>
    </>
  );
}
