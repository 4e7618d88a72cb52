import type { Device, Kernel, Tensor } from 'feathergrad';

/** A task whose answer is WGSL, judged by running it. No file of exercises imports Preact, so that Node tests them too. */
export interface Exercise {
  /** unique within its lesson; the reader's code is stored under it */
  id: string;
  title: string;
  task: string;
  /** from gentle to nearly the answer */
  hints: readonly string[];
  /** the code that the reader starts from; it compiles, and the judge rejects it */
  start: string;
  /** a reference solution, which the judge accepts */
  solution: string;
  /** runs the kernel on test vectors; for a gradient also the gradient check */
  judge(device: Device, kernel: Kernel): Promise<Finding[]>;
  /** the same work by the reader's kernel and by the library */
  race(device: Device, kernel: Kernel): Race;
}

/** The result of one test of a kernel. */
export interface Finding {
  name: string;
  pass: boolean;
  text: string;
}

/** Two ways to do the same work. `inputs` are disposed after the race. */
export interface Race {
  what: string;
  inputs: readonly Tensor[];
  own(): void;
  library(): void;
}
