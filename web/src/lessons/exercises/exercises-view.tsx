import type { Device } from 'feathergrad';
import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../../lib/errors.ts';
import { type Language, numbersIn } from '../../text/fill.ts';
import { inTurn } from '../device.ts';
import { Trouble } from '../pieces/trouble.tsx';
import { said } from '../said.ts';
import { useWords } from '../words.ts';
import { bindingsOf, type CodeError, compile } from './compile.ts';
import type { Editor } from './editor.ts';
import { type AnyExercise, type Exercise, type Finding, isNumberTask } from './exercise.ts';
import { Findings } from './findings.tsx';
import { Hints } from './hints.tsx';
import { loadExercises } from './load.ts';
import { NumberWorkbench } from './number-workbench.tsx';
import { entryOf, remember } from './progress.ts';
import { raceVerdict } from './race-verdict.ts';

/** The exercises of a lesson. Their text is loaded with this part, the editor when an exercise is opened. */
export function Exercises({ slug, device }: { slug: string; device: Device }) {
  const { words, language, fillIn } = useWords();
  const text = words.exercise;
  const [list, setList] = useState<readonly AnyExercise[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    loadExercises(slug, language).then(setList, (error) => setTrouble(messageOf(error)));
  }, [slug, language]);
  const solved = list.filter(({ id }) => entryOf(slug, id).isSolved).length;
  return (
    <div class="exercises">
      <p class="soft">
        {text.intro}{' '}
        {list.length > 0 && (
          <b data-testid="solved-count">{fillIn(text.count, { solved, total: list.length })}</b>
        )}
      </p>
      <Trouble text={trouble} />
      {list.map((exercise) => (
        <details key={exercise.id} data-testid={`exercise-${exercise.id}`}>
          <summary>
            {exercise.title}
            {entryOf(slug, exercise.id).isSolved && <span class="solved"> · {text.solved}</span>}
          </summary>
          {isNumberTask(exercise) ? (
            <NumberWorkbench slug={slug} exercise={exercise} device={device} />
          ) : (
            <Workbench slug={slug} exercise={exercise} device={device} />
          )}
        </details>
      ))}
    </div>
  );
}

type Outcome =
  | { errors: readonly CodeError[] }
  | { findings: readonly Finding[] }
  | { problem: string }
  | { race: RaceResult };

interface RaceResult {
  what: string;
  /** median milliseconds of both kernels */
  own: number;
  library: number;
}

function Workbench({ slug, exercise, device }: { slug: string; exercise: Exercise; device: Device }) {
  const { id, title, task, hints, start, solution } = exercise;
  const { words } = useWords();
  const text = words.exercise;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  const act = async (fn: (code: string) => Promise<Outcome>) => {
    if (!editor.current) return;
    setBusy(true);
    try {
      const result = await inTurn(() => fn(editor.current?.text() ?? ''));
      setOutcome(result);
      editor.current?.showErrors('errors' in result ? result.errors : []);
    } catch (error) {
      setOutcome({ problem: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };
  const run = () =>
    act(async (code) => {
      const compiled = await compile(device, code, bindingsOf(start));
      if ('errors' in compiled) return compiled;
      const findings = await exercise.judge(device, compiled.kernel);
      if (findings.every(({ pass }) => pass)) remember(slug, id, { isSolved: true });
      return { findings };
    });
  const race = () =>
    act(async (code) => {
      const compiled = await compile(device, code, bindingsOf(start));
      if ('errors' in compiled) return compiled;
      const { raceAgainstLibrary } = await import('./race.ts');
      return { race: await raceAgainstLibrary(device, exercise.race(device, compiled.kernel)) };
    });
  const latest = useRef(run);
  latest.current = run;

  const open = async () => {
    const { openEditor } = await import('./editor.ts'); // CodeMirror is not loaded with the lesson
    if (!host.current || editor.current) return;
    editor.current = openEditor(host.current, {
      text: entryOf(slug, id).code ?? start,
      label: `${title}: WGSL`,
      onChange: (code) => remember(slug, id, { code }),
      onRun: () => latest.current(),
    });
    setOpen(true);
  };
  useEffect(() => () => editor.current?.destroy(), []);

  return (
    <div class="stack">
      <p>{task}</p>
      {!isOpen && (
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => open().catch((error) => setOutcome({ problem: messageOf(error) }))}
          >
            {text.open}
          </button>
        </div>
      )}
      <div ref={host} data-testid={`editor-${id}`} />
      {isOpen && (
        <div class="buttons">
          <button type="button" class="button primary" disabled={isBusy} onClick={run}>
            {isBusy ? text.running : text.run}
          </button>
          <button type="button" class="button" disabled={isBusy} onClick={race}>
            {text.race}
          </button>
          <button type="button" class="button" onClick={() => editor.current?.replace(start)}>
            {text.over}
          </button>
        </div>
      )}
      <div aria-live="polite" data-testid={`outcome-${id}`}>
        {outcome && <Shown outcome={outcome} />}
      </div>
      <Hints hints={hints} />
      <details class="hint">
        <summary>{text.solution}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard */}
        <pre class="solution" tabIndex={0}>
          {solution.trim()}
        </pre>
        {isOpen && (
          <button type="button" class="button" onClick={() => editor.current?.replace(solution)}>
            {text.copy}
          </button>
        )}
      </details>
    </div>
  );
}

function Shown({ outcome }: { outcome: Outcome }) {
  const { words, language, fillIn } = useWords();
  const text = words.exercise;
  if ('problem' in outcome) return <Trouble text={outcome.problem} />;
  if ('race' in outcome) {
    const { what, own, library } = outcome.race;
    const { key, times } = raceVerdict(own, library);
    const show = milliseconds(language);
    return (
      <p class="verdict">
        {fillIn(text.raced, { what, own: show(own), library: show(library) })}{' '}
        {fillIn(text[key], { times: show(times) })}
      </p>
    );
  }
  if ('errors' in outcome) {
    return (
      <ul class="findings">
        {outcome.errors.map(({ line, column, message }) => (
          <li key={`${line}:${column}:${message}`} class="verdict off">
            <b>{fillIn(text.line, { line, column })}</b>{' '}
            <span lang="en">{said(message, words, language)}</span>
          </li>
        ))}
      </ul>
    );
  }
  const isSolved = outcome.findings.every(({ pass }) => pass);
  return (
    <>
      <Findings findings={outcome.findings} />
      {isSolved && <p>{text.next}</p>}
    </>
  );
}

/** Returns a formatter with three significant digits. */
function milliseconds(language: Language): (value: number) => string {
  const format = numbersIn(language, { maximumSignificantDigits: 3 });
  return (value) => format.format(value);
}
