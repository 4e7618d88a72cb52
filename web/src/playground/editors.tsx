import { useEffect, useRef, useState } from 'preact/hooks';
import type { Editor } from '../lessons/exercises/editor.ts';
import { Trouble } from '../lessons/pieces/trouble.tsx';
import { messageOf } from '../lib/errors.ts';
import { Choice } from '../ui/pieces.tsx';
import type { Program } from './examples.ts';
import type { Problem } from './sandbox/messages.ts';

export type FileName = Problem['file'];
const FILES = ['main.ts', 'kernel.wgsl'] as const;

/** What the page does with the two editors. */
export interface Editors {
  replace(program: Program): void;
  /** marks the lines of problems and shows the file of the first one */
  mark(problems: readonly Problem[]): void;
  go(problem: Problem): void;
}

/**
 * The two files of a program, one editor each. CodeMirror is loaded after the first paint; until then the code is shown
 * as text.
 */
export function EditorPair(props: {
  program: Program;
  onChange: (program: Program) => void;
  onRun: () => void;
  onReady: (editors: Editors) => void;
}) {
  const [file, setFile] = useState<FileName>('main.ts');
  const [isReady, setReady] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const hosts = useRef<Partial<Record<FileName, HTMLDivElement | null>>>({});
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const editors = new Map<FileName, Editor>();
    let isGone = false;
    const open = async () => {
      const [{ openEditor }, { javascript }] = await Promise.all([
        import('../lessons/exercises/editor.ts'),
        import('@codemirror/lang-javascript'),
      ]);
      if (isGone) return;
      const text = () => ({
        code: editors.get('main.ts')?.text() ?? latest.current.program.code,
        wgsl: editors.get('kernel.wgsl')?.text() ?? latest.current.program.wgsl,
      });
      for (const name of FILES) {
        const host = hosts.current[name];
        if (!host) continue;
        const { code, wgsl } = latest.current.program;
        const editor = openEditor(host, {
          text: name === 'main.ts' ? code : wgsl,
          label: name === 'main.ts' ? 'Program: TypeScript' : 'Kernel: WGSL',
          ...(name === 'main.ts' && { language: javascript({ typescript: true }) }),
          onChange: () => latest.current.onChange(text()),
          onRun: () => latest.current.onRun(),
        });
        editors.set(name, editor);
      }
      const mark = (problems: readonly Problem[]) => {
        for (const [name, editor] of editors) editor.showErrors(errorsOf(problems, name));
      };
      setReady(true);
      latest.current.onReady({
        replace({ code, wgsl }) {
          editors.get('main.ts')?.replace(code);
          editors.get('kernel.wgsl')?.replace(wgsl);
          setFile('main.ts');
        },
        mark(problems) {
          mark(problems);
          const [first] = problems;
          if (first) setFile(first.file);
        },
        go(problem) {
          setFile(problem.file);
          editors.get(problem.file)?.showErrors(errorsOf([problem], problem.file));
        },
      });
    };
    open().catch((error) => setTrouble(messageOf(error)));
    return () => {
      isGone = true;
      for (const editor of editors.values()) editor.destroy();
    };
  }, []);

  return (
    <div class="stack">
      <Choice
        label="File"
        value={file}
        options={[
          ['main.ts', 'main.ts'],
          ['kernel.wgsl', 'kernel.wgsl'],
        ]}
        onChange={setFile}
      />
      {FILES.map((name) => (
        <div
          key={name}
          class="editor-host"
          hidden={file !== name}
          data-testid={`editor-${name}`}
          ref={(node) => {
            hosts.current[name] = node;
          }}
        />
      ))}
      {!isReady && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: content that scrolls must be reachable by keyboard
        <pre class="editor-text" tabIndex={0}>
          {file === 'main.ts' ? props.program.code : props.program.wgsl}
        </pre>
      )}
      {file === 'kernel.wgsl' && (
        <p class="soft small">
          The program gets this text with <code>import source from './kernel.wgsl'</code>.
        </p>
      )}
      <Trouble text={trouble} />
    </div>
  );
}

const errorsOf = (problems: readonly Problem[], file: FileName) =>
  problems.flatMap(({ file: where, line, message }) =>
    where === file && line !== null ? [{ line, column: 1, message }] : [],
  );
