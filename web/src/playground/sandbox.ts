// Runs a program in a frame that has no origin: it cannot read the app's storage, and its policy allows no network.
// A worker would be better isolated from the page, but browsers offer no WebGPU to workers without an origin.
import type { Program } from './examples.ts';
import type { FromSandbox, Output, Problem, ToSandbox } from './sandbox/messages.ts';

/** Milliseconds without a sign of life after which a frame is removed. */
const SILENCE = 20_000;

/** Files of weights that come with feathergrad. */
const weights = import.meta.glob<string>('../../../dist/weights/*.safetensors', {
  query: '?url',
  import: 'default',
});

export interface Run {
  onOutput: (output: Output) => void;
  onEnd: (problems: readonly Problem[], milliseconds: number) => void;
}

/**
 * Compiles a program and runs it in a new sandbox, which is removed at its end. `signal` stops it.
 * @throws CompileError for a syntax error
 */
export async function runInSandbox(program: Program, signal: AbortSignal, run: Run): Promise<void> {
  const [{ compileForSandbox }, { default: script }] = await Promise.all([
    import('./compile.ts'),
    import('virtual:playground-sandbox'),
  ]);
  const compiled = compileForSandbox(program.code, program.wgsl);
  const frame = document.createElement('iframe');
  if (await hostAnswers()) frame.setAttribute('sandbox', 'allow-scripts');
  frame.title = 'Sandbox of the playground';
  frame.className = 'sandbox-frame';
  frame.tabIndex = -1;
  frame.setAttribute('aria-hidden', 'true');
  const { port1: port, port2 } = new MessageChannel();
  try {
    if (signal.aborted) return;
    await opened(frame);
    frame.contentWindow?.postMessage(script, '*', [port2]); // '*': the frame has no origin that could be named
    await new Promise<void>((resolve, reject) => {
      let heard = performance.now();
      const watch = setInterval(() => {
        // a hidden page is throttled, and so is the frame
        if (document.hidden) heard = performance.now();
        if (performance.now() - heard < SILENCE) return;
        finish(() => reject(new Error(`The code did not respond for ${SILENCE / 1000} s and was stopped.`)));
      }, 1000);
      const finish = (then: () => void) => {
        clearInterval(watch);
        signal.removeEventListener('abort', stop);
        then();
      };
      const stop = () => finish(resolve);
      signal.addEventListener('abort', stop);
      port.onmessage = ({ data }: MessageEvent<FromSandbox>) => {
        heard = performance.now();
        if (signal.aborted) return;
        if (data.kind === 'output') run.onOutput(data.output);
        else if (data.kind === 'file') void answer(port, data.name);
        else if (data.kind === 'end') {
          run.onEnd(data.problems, data.milliseconds);
          finish(resolve);
        }
      };
      const { code, imports } = compiled;
      port.postMessage({ kind: 'run', code, imports, wgsl: program.wgsl } satisfies ToSandbox);
    });
  } finally {
    port.close();
    frame.remove();
  }
}

/**
 * Returns whether the host of this page can send the sandbox. Offline the service worker does, but only to a frame without the
 * attribute `sandbox`; its response then has a policy with the same effect. The sandbox does nothing without either.
 */
async function hostAnswers(): Promise<boolean> {
  if (!navigator.serviceWorker?.controller) return true;
  const url = new URL('sandbox.html?online', document.baseURI);
  return fetch(url, { method: 'HEAD', cache: 'no-store' }).then(
    () => true,
    () => false,
  );
}

function opened(frame: HTMLIFrameElement): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (then: () => void) => {
      clearTimeout(timer);
      removeEventListener('message', onMessage);
      then();
    };
    const timer = setTimeout(
      () =>
        done(() =>
          reject(
            new Error(
              'The sandbox did not start. Check the connection to the host of this page, then reload the page.',
            ),
          ),
        ),
      SILENCE,
    );
    const onMessage = ({ source, data }: MessageEvent) => {
      if (source === frame.contentWindow && data === 'feathergrad sandbox') done(resolve);
    };
    addEventListener('message', onMessage);
    frame.src = new URL('sandbox.html', document.baseURI).href;
    document.body.append(frame);
  });
}

async function answer(port: MessagePort, name: string): Promise<void> {
  const load = Object.entries(weights).find(([path]) => path.endsWith(`/${name}`))?.[1];
  const response = load ? await fetch(await load()).catch(() => null) : null;
  const bytes = response?.ok ? await response.arrayBuffer() : null;
  port.postMessage({ kind: 'file', name, bytes } satisfies ToSandbox, bytes ? [bytes] : []);
}
