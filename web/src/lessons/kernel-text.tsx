import { useMemo, useRef } from 'preact/hooks';
import type { Lesson } from './lesson.ts';

const TOKENS =
  /(\/\/.*$)|\b(fn|let|var|const|override|struct|alias|if|else|for|while|loop|switch|case|default|return|break|continue|enable|true|false)\b|(@\w+)|\b(\d[\w.]*)\b/g;
const KINDS = ['comment', 'word', 'attribute', 'number'] as const;

/** The marked lines of a kernel, and its whole source, which is folded and scrolled to them. */
export function KernelText({ name, source, mark }: Lesson['kernel']) {
  const lines = useMemo(() => source.trimEnd().split('\n'), [source]);
  const box = useRef<HTMLElement>(null);
  const scrollToMark = () => {
    const node = box.current;
    const first = node?.querySelector<HTMLElement>('.marked');
    // only the box moves, not the page
    if (node && first) node.scrollTop = first.offsetTop - node.clientHeight / 3;
  };
  const numbered = lines.map((line, i) => ({ line, number: i + 1 }));
  const marked = numbered.filter(({ line }) => isMarked(line, mark));
  return (
    <figure class="kernel">
      <figcaption class="small soft">
        <code>src/kernels/wgsl/{name}.wgsl</code>, line{marked.length === 1 ? '' : 's'}{' '}
        {marked.map(({ number }) => number).join(', ')}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={`Marked lines of ${name}.wgsl`}>
        <Lines lines={marked} isMarked={() => true} />
      </section>
      <details onToggle={scrollToMark}>
        <summary>The whole kernel, {lines.length} lines</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
        <section ref={box} tabIndex={0} aria-label={`${name}.wgsl`}>
          <Lines lines={numbered} isMarked={(line) => isMarked(line, mark)} />
        </section>
      </details>
    </figure>
  );
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
