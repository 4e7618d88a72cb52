import { useMemo } from 'preact/hooks';
import type { KernelNote } from './kernel-note.ts';
import type { Lesson } from './lesson.ts';
import { useWords } from './words.ts';

const TOKENS =
  /(\/\/.*$)|\b(fn|let|var|const|override|struct|alias|if|else|for|while|loop|switch|case|default|return|break|continue|enable|true|false)\b|(@\w+)|\b(\d[\w.]*)\b/g;
const KINDS = ['comment', 'word', 'attribute', 'number'] as const;

/** The marked lines of a kernel, and its whole source, folded, with a note next to each part. */
export function KernelText({ name, source, mark, notes }: Lesson['kernel']) {
  const { words, fillIn } = useWords();
  const text = words.kernel;
  const numbered = useMemo(
    () =>
      source
        .trimEnd()
        .split('\n')
        .map((line, i) => ({ line, number: i + 1 })),
    [source],
  );
  const marked = numbered.filter(({ line }) => isMarked(line, mark));
  const parts = useMemo(() => partsOf(numbered, notes), [numbered, notes]);
  return (
    <figure class="kernel">
      <figcaption class="small soft">
        <code>src/kernels/wgsl/{name}.wgsl</code>,{' '}
        {fillIn(marked.length === 1 ? text.line : text.lines, {
          lines: marked.map(({ number }) => number).join(', '),
        })}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={fillIn(text.marked, { name })}>
        <Lines lines={marked} isMarked={() => true} />
      </section>
      <details data-testid="whole-kernel">
        <summary>
          {fillIn(notes.length > 0 ? text.withNotes : text.whole, { count: numbered.length })}
        </summary>
        <ol class="kernel-parts">
          {parts.map(({ note, lines }) => (
            <li key={lines[0]?.number}>
              <p class="small">
                <b>
                  {lines.length === 1
                    ? fillIn(text.one, { line: lines[0]?.number ?? 0 })
                    : fillIn(text.range, { from: lines[0]?.number ?? 0, to: lines.at(-1)?.number ?? 0 })}
                </b>
                {note && <> {note}</>}
              </p>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
              <section tabIndex={0} aria-label={fillIn(text.from, { name, line: lines[0]?.number ?? 0 })}>
                <Lines lines={lines} isMarked={(line) => isMarked(line, mark)} />
              </section>
            </li>
          ))}
        </ol>
      </details>
    </figure>
  );
}

interface NumberedLine {
  line: string;
  number: number;
}

/** Splits a kernel at its notes. */
function partsOf(
  lines: readonly NumberedLine[],
  notes: readonly KernelNote[],
): { note: string; lines: NumberedLine[] }[] {
  const parts: { note: string; lines: NumberedLine[] }[] = [{ note: '', lines: [] }];
  for (const one of lines) {
    const note = notes.find(({ from }) => one.line.includes(from));
    if (note) parts.push({ note: note.text, lines: [] });
    parts.at(-1)?.lines.push(one);
  }
  return parts.filter((part) => part.lines.length > 0);
}

function Lines(props: {
  lines: readonly { line: string; number: number }[];
  isMarked: (line: string) => boolean;
}) {
  return (
    <pre>
      {props.lines.map(({ line, number }) => (
        <span key={number} class={props.isMarked(line) ? 'line marked' : 'line'}>
          {colored(line)}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function isMarked(line: string, mark: string | RegExp): boolean {
  return typeof mark === 'string' ? line.includes(mark) : new RegExp(mark.source, mark.flags).test(line);
}

function colored(line: string) {
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(TOKENS)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
    parts.push(
      line.slice(end, match.index),
      <span key={match.index} class={kind}>
        {match[0]}
      </span>,
    );
    end = match.index + match[0].length;
  }
  parts.push(line.slice(end));
  return parts;
}
