// The state of the demonstration. It trains in a worker while its canvas is visible, and is ended with the page.
import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { messageOf } from '../lib/errors.ts';
import { spawn } from '../lib/spawn.ts';
import type { DemoEngine } from './engine.ts';
import engineUrl from './engine.ts?worker&url';
import type { DemoEvent } from './messages.ts';

export interface Demo {
  images: readonly ImageBitmap[];
  labels: readonly number[];
  classNames: readonly string[];
  probabilities: Float32Array;
  step: number;
  /** steps of the whole run; 0 before the first */
  steps: number;
  losses: readonly number[];
}

export type DemoState = 'opening' | 'running' | 'paused' | 'done' | 'failed';

/** One run of the demonstration. */
export class DemoRun {
  readonly state = signal<DemoState>('opening');
  readonly demo = signal<Demo | null>(null);
  /** why it failed */
  problem = '';
  private readonly remote;
  private readonly worker: Worker;

  constructor(seed: number) {
    const { remote, worker } = spawn<DemoEngine>(engineUrl);
    this.remote = remote;
    this.worker = worker;
    remote
      .run(
        seed,
        proxy((event: DemoEvent) => this.hear(event)),
      )
      .catch((error: unknown) => {
        this.problem = messageOf(error);
        this.state.value = 'failed';
      });
  }

  pause(): void {
    if (this.state.peek() !== 'running') return;
    this.remote.pause();
    this.state.value = 'paused';
  }

  resume(): void {
    if (this.state.peek() !== 'paused') return;
    this.remote.resume();
    this.state.value = 'running';
  }

  /** Ends the run and its worker. */
  end(): void {
    this.worker.terminate();
    for (const image of this.demo.peek()?.images ?? []) image.close();
  }

  private async hear(event: DemoEvent): Promise<void> {
    const before = this.demo.peek();
    if (event.kind === 'faces') {
      const { labels, classNames } = event;
      const images = await Promise.all(event.images.map((image) => createImageBitmap(image)));
      const probabilities = new Float32Array(labels.length * classNames.length);
      this.demo.value = { images, labels, classNames, probabilities, step: 0, steps: 0, losses: [] };
      this.state.value = 'running';
    } else if (event.kind === 'done') {
      this.state.value = 'done';
    } else if (!before) {
      return; // the faces are still being decoded
    } else if (event.kind === 'probe') {
      this.demo.value = { ...before, probabilities: event.probabilities, step: event.step };
    } else {
      this.demo.value = { ...before, losses: [...before.losses, ...event.losses], steps: event.steps };
    }
  }
}

/** Returns the predicted class of a face, its probability, and whether it is right. */
export function answerOf(demo: Demo, face: number): { label: number; probability: number; isRight: boolean } {
  const { probabilities, classNames, labels } = demo;
  const own = probabilities.subarray(face * classNames.length, (face + 1) * classNames.length);
  const probability = Math.max(...own);
  const label = own.indexOf(probability);
  return { label, probability, isRight: label === labels[face] };
}
