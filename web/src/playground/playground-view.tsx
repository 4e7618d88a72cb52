import '../styles/playground.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { place, replaceParams } from '../app/router.ts';
import { messageOf } from '../lib/errors.ts';
import { save } from '../lib/save.ts';
import { Notice } from '../ui/pieces.tsx';
import { EditorPair, type Editors } from './editors.tsx';
import { EXAMPLES } from './example-list.ts';
import { isExample, loadExample, type Program } from './examples.ts';
import { OutputList } from './output.tsx';
import type { Problem } from './sandbox/messages.ts';
import { draft, keepDraft } from './saved.ts';
import { SavedList } from './saved-list.tsx';
import { decodeProgram, encodeProgram } from './share.ts';
import { useRunner } from './use-runner.ts';

const FIRST = 'first-tensor';

/** An editor whose code runs with the library in a sandbox, and what the code shows. */
export function PlaygroundView() {
  const [initial, setInitial] = useState<Program | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const example = place.value.params.get('example') ?? '';
  const code = place.value.params.get('code');
  const program = useRef<Program>({ code: '', wgsl: '' });
  const editors = useRef<Editors | null>(null);
  const runner = useRunner(editors);

  const show = (next: Program) => {
    program.current = next;
    if (editors.current) editors.current.replace(next);
    setInitial((before) => before ?? next);
  };
  // a link to an example or to a program, also while the page is open; the program of the last visit otherwise
  useEffect(() => {
    let isGone = false;
    const find = async (): Promise<Program | null> => {
      if (code !== null) return decodeProgram(code);
      if (isExample(example)) return loadExample(example);
      return editors.current ? null : (draft() ?? loadExample(FIRST));
    };
    find().then(
      (found) => !isGone && found && show(found),
      async (error) => {
        if (isGone) return;
        setProblem(messageOf(error));
        if (!editors.current) show(draft() ?? (await loadExample(FIRST)));
      },
    );
    return () => {
      isGone = true;
    };
  }, [example, code]);

  const run = () => runner.run(program.current);
  const onChange = (next: Program) => {
    const { code, wgsl } = program.current;
    if (next.code === code && next.wgsl === wgsl) return;
    program.current = next;
    keepDraft(next);
    replaceParams('playground', new URLSearchParams()); // the link no longer describes the text
  };
  const { isRunning, status, items, problems } = runner;
  return (
    <div class="playground">
      <div class="page-head">
        <h1>Playground</h1>
        <p>
          Write TypeScript or JavaScript that uses feathergrad, and run it on your own GPU. Start from an
          example, change a number, and run it again.
        </p>
      </div>
      {problem && (
        <Notice title="That could not be opened" kind="bad">
          <p>{problem}</p>
        </Notice>
      )}
      {!navigator.gpu && (
        <Notice title="This browser has no WebGPU">
          <p>You can read and edit the programs, but only those that create no device will run here.</p>
        </Notice>
      )}
      <div class="playground-bar">
        <ExampleSelect chosen={example} />
        <div class="buttons">
          {isRunning ? (
            <button type="button" class="button primary" onClick={runner.stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="button primary" disabled={!initial} onClick={run}>
              Run
            </button>
          )}
          <ShareButton program={() => program.current} />
          <DownloadButton program={() => program.current} onProblem={runner.report} />
        </div>
      </div>
      <div class="playground-sides">
        <div class="stack">
          {initial && (
            <EditorPair
              program={initial}
              onChange={onChange}
              onRun={run}
              onReady={(ready) => {
                editors.current = ready;
                // the program may have changed while the editor was loaded
                if (program.current !== initial) ready.replace(program.current);
              }}
            />
          )}
          <p class="soft small">Ctrl+Enter or ⌘+Enter runs the program. The Tab key leaves the editor.</p>
          <SavedList current={() => program.current} onOpen={show} />
        </div>
        <section class="output" aria-labelledby="output-title">
          <div class="panel-head">
            <h2 id="output-title">Output</h2>
            <span class="soft small" aria-live="polite" data-testid="status">
              {status}
            </span>
          </div>
          {problems.length > 0 && (
            <ul class="problems" role="alert" data-testid="problems">
              {problems.map((one, i) => (
                <li key={i}>
                  {one.line !== null && (
                    <button type="button" class="link" onClick={() => editors.current?.go(one)}>
                      {one.file}, line {one.line}
                    </button>
                  )}
                  <pre class="text bad">{one.message}</pre>
                </li>
              ))}
            </ul>
          )}
          <OutputList items={items} />
          {items.length === 0 && problems.length === 0 && !isRunning && (
            <p class="soft">Run the program to see what it shows.</p>
          )}
        </section>
      </div>
      <Help />
    </div>
  );
}

function ExampleSelect({ chosen }: { chosen: string }) {
  return (
    <label class="example-select">
      <span class="soft">Example</span>
      <select
        value={chosen}
        onChange={(event) => {
          location.hash = `#/playground?example=${event.currentTarget.value}`;
        }}
      >
        <option value="" disabled>
          Choose an example
        </option>
        {EXAMPLES.map(({ group, list }) => (
          <optgroup key={group} label={group}>
            {list.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** Puts the program into the address and copies the address. */
function ShareButton({ program }: { program: () => Program }) {
  const [said, say] = useState('');
  const share = async () => {
    const text = await encodeProgram(program());
    const url = `${location.href.split('#')[0]}#/playground?code=${text}`;
    try {
      await navigator.clipboard.writeText(url);
      say('Link copied');
    } catch {
      history.replaceState(history.state, '', url);
      say('The link is in the address bar');
    }
    setTimeout(() => say(''), 4000);
  };
  return (
    <button type="button" class="button" onClick={() => void share()}>
      <span aria-live="polite">{said || 'Copy link'}</span>
    </button>
  );
}

function DownloadButton(props: {
  program: () => Program;
  onProblem: (problems: readonly Problem[]) => void;
}) {
  const download = async () => {
    const { CompileError, compileForNode } = await import('./compile.ts');
    try {
      const { code, wgsl } = props.program();
      save(new Blob([compileForNode(code, wgsl)], { type: 'text/javascript' }), 'feathergrad-program.mjs');
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      props.onProblem([error.problem]);
    }
  };
  return (
    <button type="button" class="button" onClick={() => void download()}>
      Download for Node
    </button>
  );
}

function Help() {
  return (
    <div class="playground-help">
      <section aria-labelledby="help-show">
        <h2 id="help-show">show(value, options)</h2>
        <p>
          <code>console.log</code> prints text. <code>show</code> draws, and you don’t have to import it:
        </p>
        <ul class="show-list">
          <li>
            <code>await show(tensor)</code> draws a table, heat maps or images, depending on the shape.{' '}
            <code>{"{ as: 'table' }"}</code>, <code>'heat'</code> or <code>'image'</code> decides it.
          </li>
          <li>
            <code>show({'{ loss, accuracy }'})</code> in a loop adds a point to a live chart, with one line
            per name.
          </li>
          <li>
            <code>{"{ title: 'Loss' }"}</code> is the heading. Points with the same title belong to the same
            chart.
          </li>
        </ul>
      </section>
      <section aria-labelledby="help-imports">
        <h2 id="help-imports">Imports</h2>
        <p>
          <code>feathergrad</code>, <code>feathergrad/data</code>, <code>/faces</code>, <code>/formats</code>{' '}
          and <code>/models</code>, as in the <a href="#/docs/api/feathergrad">reference</a>. Types are
          removed, not checked. The downloaded file runs with <code>node feathergrad-program.mjs</code> in a
          folder where feathergrad and webgpu are installed.
        </p>
      </section>
      <section aria-labelledby="help-safety">
        <h2 id="help-safety">What the code can see</h2>
        <p>
          The code runs in a frame without an origin. The browser keeps this frame away from everything the
          app stores: your pictures, checkpoints and programs. Its security policy allows no requests to
          servers. The code gets the GPU, and on request the weights that come with feathergrad. Stop removes
          the frame. A loop that never pauses is stopped after 8 seconds.
        </p>
      </section>
    </div>
  );
}
