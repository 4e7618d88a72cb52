import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Lesson } from './lesson.ts';

const TOKENS =
  /(\/\/.*$)|\b(fn|let|var|const|override|struct|alias|if|else|for|while|loop|switch|case|default|return|break|continue|enable|true|false)\b|(@\w+)|\b(\d[\w.]*)\b/g;
const KINDS = ['comment', 'word', 'attribute', 'number'] as const;

/** The source of a kernel, scrolled to its marked lines. */
export function KernelText({ name, source, mark }: Lesson['kernel']) {
  const lines = useMemo(() => source.trimEnd().split('\n'), [source]);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const node = box.current;
    const first = node?.querySelector<HTMLElement>('.marked');
    // only the box moves, not the page
    if (node && first) node.scrollTop = first.offsetTop - node.clientHeight / 3;
  }, [source]);
  return (
    <figure class="kernel">
      <figcaption class="small soft">
        <code>src/kernels/wgsl/{name}.wgsl</code>, {lines.length} lines
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={box} tabIndex={0} aria-label={`${name}.wgsl`}>
        <pre>
          {lines.map((line, i) => (
            <span key={i} class={isMarked(line, mark) ? 'line marked' : 'line'}>
              {colored(line)}
              {'\n'}
            </span>
          ))}
        </pre>
      </section>
    </figure>
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
