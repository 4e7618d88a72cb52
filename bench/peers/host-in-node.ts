import { type ChildProcess, fork } from 'node:child_process';
import { firstLine, Host, type Request, type Response } from './host.ts';

/** Disables the driver's shader cache, as on a machine that runs this for the first time. */
export const COLD = { MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' };

/**
 * Starts a Node process with Dawn.
 * @param isCold whether to disable the driver's shader cache
 */
export async function hostInNode(script: string, weights: string, isCold = true): Promise<Host> {
  const child = fork(script, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...(isCold && COLD) },
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const waiting = new Map<number, (answer: Response) => void>();
  child.on('message', (answer: Response) => waiting.get(answer.id)?.(answer));
  child.on('exit', (code) => {
    const error = `the process ended with ${code}: ${lastLine(complaint)}`;
    for (const [id, answer] of waiting) answer({ id, error });
  });
  let id = 0;
  const answer = (to: number) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(to, ({ result, error }) => {
        waiting.delete(to);
        if (error === undefined) resolve(result);
        else reject(new Error(firstLine(error)));
      });
    });
  await answer(0);
  const ask = (method: string, args: unknown[]) => {
    const request: Request = { id: ++id, method, args: method === 'open' ? [...args, weights] : args };
    const result = answer(request.id);
    child.send(request);
    return result;
  };
  return new Host(ask, () => killed(child));
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL'); // a compilation in the driver does not listen to anything else
  await ended;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
