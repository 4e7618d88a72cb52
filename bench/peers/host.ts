import { type ChildProcess, fork } from 'node:child_process';
import { chromium } from 'playwright';
import { chromiumArguments, findChromium } from '../../scripts/find-chromium.mjs';
import type { Counts } from './counters.ts';
import type { Opened, Task } from './worker.ts';

export interface Request {
  id: number;
  method: string;
  args: unknown[];
}
export interface Response {
  id: number;
  result?: unknown;
  error?: string;
}

/** A library in its own browser or process, which is ended when it exceeds the time limit. */
export class Host {
  private readonly ask: (method: string, args: unknown[]) => Promise<unknown>;
  private readonly end: () => Promise<void>;

  private constructor(ask: Host['ask'], end: Host['end']) {
    this.ask = ask;
    this.end = end;
  }

  /** Starts a separate browser, so that every library starts cold and none blocks another's GPU process. */
  static async inChromium(origin: string): Promise<Host> {
    const executablePath = await findChromium();
    const browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: chromiumArguments(),
    });
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${origin}/`);
    await page.waitForFunction('globalThis.bench', undefined, { timeout: 30_000 }).catch((error: Error) => {
      throw new Error(`the page did not load: ${problems.join('; ') || error.message}`);
    });
    const ask = (method: string, args: unknown[]) =>
      page
        .evaluate(
          ([name, list]) => {
            const { bench } = globalThis as unknown as {
              bench: Record<string, (...a: unknown[]) => unknown>;
            };
            return bench[name]?.(...list);
          },
          [method, args] as const,
        )
        .catch((error: Error) => {
          throw new Error(firstLine(error.message.replace(/^page\.evaluate: (\w*Error: )?/, '')));
        });
    return new Host(ask, () => browser.close());
  }

  /**
   * Starts a Node process with Dawn and without the driver's shader cache, as on a machine that runs this for the first
   * time.
   */
  static async inNode(script: string, weights: string): Promise<Host> {
    const child = fork(script, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' },
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

  adapter(): Promise<string> {
    return this.ask('adapter', []) as Promise<string>;
  }

  open(task: Task): Promise<Opened> {
    return this.ask('open', [task]) as Promise<Opened>;
  }

  again(): Promise<{ output: number[]; milliseconds: number }> {
    return this.ask('again', []) as Promise<{ output: number[]; milliseconds: number }>;
  }

  sample(calls: number): Promise<number> {
    return this.ask('sample', [calls]) as Promise<number>;
  }

  countCall(): Promise<Counts> {
    return this.ask('countCall', []) as Promise<Counts>;
  }

  async gradients(): Promise<Map<string, Float32Array>> {
    const encoded = (await this.ask('gradients', [])) as Record<string, string>;
    return new Map(
      Object.entries(encoded).map(([name, text]) => {
        const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
        return [name, new Float32Array(bytes.buffer)];
      }),
    );
  }

  close(): Promise<void> {
    return this.end().catch(() => {});
  }
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL'); // a compilation in the driver does not listen to anything else
  await ended;
}

const firstLine = (text: string) => (text.split('\n')[0] as string).slice(0, 300);
const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
