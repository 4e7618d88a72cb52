import type { Device } from 'feathergrad';
import { useState } from 'preact/hooks';
import { messageOf } from '../lib/errors.ts';
import { inTurn } from './device.ts';
import type { Lesson } from './lesson.ts';
import { type Said, said } from './said.ts';
import { useWords } from './words.ts';

type Found = { pass: boolean; text: Said } | { problem: string };

/** The button that compares the tape's gradients with central differences. */
export function Check({ device, label, run }: Lesson['check'] & { device: Device }) {
  const { words, language } = useWords();
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
      <p class="soft">{words.check.intro}</p>
      <button type="button" class="button primary" disabled={isRunning} onClick={start}>
        {isRunning ? words.check.running : label}
      </button>
      <div aria-live="polite">
        {found && (
          <p class={`verdict ${'pass' in found && found.pass ? 'good' : 'off'}`} data-testid="check-result">
            <b>{'problem' in found ? words.check.error : found.pass ? words.check.pass : words.check.fail}</b>{' '}
            {'problem' in found ? found.problem : said(found.text, words, language)}
          </p>
        )}
      </div>
    </>
  );
}
