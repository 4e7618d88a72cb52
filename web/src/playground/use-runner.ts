import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../lib/errors.ts';
import type { Editors } from './editors.tsx';
import type { Program } from './examples.ts';
import { type Item, withOutput } from './results.ts';
import type { Output, Problem } from './sandbox/messages.ts';

/** Runs programs one at a time and collects what they show. */
export function useRunner(editors: { current: Editors | null }) {
  const [items, setItems] = useState<readonly Item[]>([]);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [status, setStatus] = useState('');
  const [isRunning, setRunning] = useState(false);
  const stopper = useRef<AbortController | null>(null);
  useEffect(() => () => stopper.current?.abort(), []);

  const report = (found: readonly Problem[]) => {
    setProblems(found);
    editors.current?.mark(found);
  };
  const run = async (program: Program) => {
    if (stopper.current) return;
    const stop = new AbortController();
    stopper.current = stop;
    setItems([]);
    report([]);
    setStatus('Running …');
    setRunning(true);
    // drawn together, since a loop can show many things per frame
    let waiting: Output[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      const now = waiting;
      waiting = [];
      setItems((before) => now.reduce(withOutput, before));
    };
    try {
      const { runInSandbox } = await import('./sandbox.ts');
      await runInSandbox(program, stop.signal, {
        onOutput(output) {
          waiting.push(output);
          timer ??= setTimeout(draw, 60);
        },
        onEnd(found, milliseconds) {
          report(found);
          const time =
            milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
          setStatus(found.length > 0 ? `Stopped by an error after ${time}` : `Finished in ${time}`);
        },
      });
      if (stop.signal.aborted) setStatus('Stopped');
    } catch (error) {
      const known = (error as { problem?: Problem }).problem;
      report([known ?? { file: 'main.ts', message: messageOf(error), line: null }]);
      setStatus('Stopped by an error');
    } finally {
      clearTimeout(timer);
      draw();
      stopper.current = null;
      setRunning(false);
    }
  };
  return { items, problems, status, isRunning, run, report, stop: () => stopper.current?.abort() };
}
