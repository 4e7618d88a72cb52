import type { Device } from 'feathergrad';
import { useId, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { Notice } from '../../ui/pieces.tsx';
import { inTurn } from '../device.ts';
import { useWords } from '../words.ts';
import type { Finding, NumberExercise } from './exercise.ts';
import { Findings } from './findings.tsx';
import { Hints } from './hints.tsx';
import { parseNumber } from './parse-number.ts';
import { entryOf, remember } from './progress.ts';

/** An exercise whose answer is a number. */
export function NumberWorkbench(props: { slug: string; exercise: NumberExercise; device: Device }) {
  const { slug, exercise, device } = props;
  const { id, task, hints, solution, unit } = exercise;
  const { words, language, fillIn } = useWords();
  const text = words.exercise;
  const field = useId();
  const [given, setGiven] = useState(entryOf(slug, id).code ?? '');
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<{ findings: Finding[] } | { problem: string } | null>(null);
  const check = async (event: Event) => {
    event.preventDefault();
    const value = parseNumber(given, language);
    if (value === null) {
      setOutcome({ problem: fillIn(text.noNumber, { text: given }) });
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
        <label for={field}>{unit ? fillIn(text.answerIn, { unit }) : text.answer}</label>
        <input
          id={field}
          inputMode="decimal"
          autocomplete="off"
          value={given}
          onInput={(event) => {
            setGiven(event.currentTarget.value);
            remember(slug, id, { code: event.currentTarget.value });
          }}
        />
        <button type="submit" class="button primary" disabled={isBusy || given.trim() === ''}>
          {text.check}
        </button>
      </form>
      <div aria-live="polite" data-testid={`outcome-${id}`}>
        {outcome &&
          ('problem' in outcome ? (
            <Notice title={words.trouble} kind="bad" testId="trouble">
              <p>{outcome.problem}</p>
            </Notice>
          ) : (
            <Findings findings={outcome.findings} />
          ))}
      </div>
      <Hints hints={hints} />
      <details class="hint">
        <summary>{text.solution}</summary>
        <p>{solution}</p>
      </details>
    </div>
  );
}
