import type { Counts } from './counters.ts';
import type { PeerName, Work } from './roster.ts';

export interface Task {
  peer: PeerName;
  work: Work;
  size: number;
  side: number;
  /** wrap WebGPU's classes to count calls; costs a little time, so it is off during timing */
  count: boolean;
}

export interface Opened {
  /** milliseconds from loading the library to the first result */
  first: number;
  device: string;
  /** logits, or only the loss */
  output: number[];
}

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

/** The WebGPU adapter and the engine of a library's page or process. */
export interface Surroundings {
  /** as the driver or browser reports it; browsers may hide the name and report only vendor and architecture */
  adapter: { name: string; vendor: string | null; architecture: string | null; driver: string | null };
  /** the user agent, or the version of Node and of the package `webgpu` */
  engine: string;
}

/** A library in its own browser or process, which is ended when it exceeds the time limit. */
export class Host {
  private readonly ask: (method: string, args: unknown[]) => Promise<unknown>;
  private readonly end: () => Promise<void>;

  constructor(ask: Host['ask'], end: Host['end']) {
    this.ask = ask;
    this.end = end;
  }

  surroundings(): Promise<Surroundings> {
    return this.ask('surroundings', []) as Promise<Surroundings>;
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

export const firstLine = (text: string) => (text.split('\n')[0] as string).slice(0, 300);
