import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { benchFolder } from '../lib/results.ts';
import { addMissing, type Run } from './parts.ts';

/** What `feathergrad train --json` prints, as far as it is needed here. */
interface Trained {
  epochs: number;
  seconds: number;
  validAccuracy: number | null;
}

/**
 * Trains on the user's data with the command line's defaults until the time is over. Weights, checkpoint and report are
 * kept in `training/`, so the run can be resumed.
 */
export async function trainOnData(run: Run, data: string, seconds: number): Promise<void> {
  const name = 'training on the given data';
  if (seconds < 20) {
    addMissing(run, name, 'no time left');
    return;
  }
  run.say(`training: ${Math.round(seconds)} s`);
  const command = join(benchFolder(), '../dist/cli/main.js');
  const out = join(run.store.folder, 'training');
  const args = [command, 'train', '--data', data, '--out', out, '--force', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(run.log, { flags: 'a' });
  child.stderr.pipe(log);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const stop = () => child.kill('SIGINT'); // it ends after its step and writes its report
  const timer = setTimeout(stop, 1000 * seconds);
  const end = setTimeout(() => child.kill('SIGKILL'), 1000 * (seconds + 25));
  run.signal.addEventListener('abort', stop);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  clearTimeout(end);
  run.signal.removeEventListener('abort', stop);
  const trained = parse(printed);
  if (!trained || trained.epochs < 1) {
    addMissing(
      run,
      name,
      `ended with ${code ?? 'a signal'} before its first epoch was complete: ${complaint.trim().split('\n').at(-1)}`,
    );
    return;
  }
  run.store.update((result) => {
    const { epochs, seconds: taken, validAccuracy } = trained;
    result.training = { data: basename(data), seconds: taken, epochs, accuracy: validAccuracy };
  });
}

function parse(text: string): Trained | null {
  try {
    return JSON.parse(text) as Trained;
  } catch {
    return null;
  }
}
