import type { Device } from 'feathergrad';
import { useId, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import type { Finding, NumberExercise } from './exercise.ts';
import { Findings } from './findings.tsx';
import { Hints } from './hints.tsx';
import { parseNumber } from './parse-number.ts';
import { entryOf, remember } from './progress.ts';

/** An exercise whose answer is a number. */
export function NumberWorkbench(props: { slug: string; exercise: NumberExercise; device: Device }) {
  const { slug, exercise, device } = props;
  const { id, task, hints, solution, unit } = exercise;
  const field = useId();
  const [text, setText] = useState(entryOf(slug, id).code ?? '');
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ findings: Finding[] } | { problem: string } | null>(null);
  const check = async (event: Event) => {
    event.preventDefault();
    const value = parseNumber(text);
    if (value === null) {
      setOutcome({ problem: `“${text}” is not a number. Write it like 1234.5 or −0.25.` });
      return;
    }
    setBusy(true);
    try {
      const findings = await inTurn(() => exercise.judge(device, value));
      if (findings.every(({ pass }) => pass)) remember(slug, id, { isSolved: true });
      setOutcome({ findings });
    } catch (error) {
      setOutcome({ problem: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="stack">
      <p>{task}</p>
      <form class="number-answer" onSubmit={check}>
        <label for={field}>Your answer{unit && ` (${unit})`}</label>
        <input
          id={field}
          inputMode="decimal"
          autocomplete="off"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            remember(slug, id, { code: event.currentTarget.value });
          }}
        />
        <button type="submit" class="button primary" disabled={isBusy || text.trim() === ''}>
          Check
        </button>
      </form>
      <div aria-live="polite" data-testid={`outcome-${id}`}>
        {outcome &&
          ('problem' in outcome ? (
            <Trouble text={outcome.problem} />
          ) : (
            <Findings findings={outcome.findings} />
          ))}
      </div>
      <Hints hints={hints} />
      <details class="hint">
        <summary>A solution</summary>
        <p>{solution}</p>
      </details>
    </div>
  );
}
