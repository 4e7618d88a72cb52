import type { Device, Kernel, Tensor } from 'feathergrad';

/**
 * A task whose solution is WGSL, which is tested by running it. Files of exercises do not import Preact, so that Node
 * can test them.
 */
export interface Exercise {
  /** unique within its lesson; the reader's code is stored under it */
  id: string;
  title: string;
  task: string;
  /** from a gentle hint to nearly the solution */
  hints: readonly string[];
  /** the initial code, which compiles but is rejected by the tests */
  start: string;
  /** a reference solution, which the tests accept */
  solution: string;
  /** runs the kernel on test vectors; for a gradient also the gradient check */
  judge(device: Device, kernel: Kernel): Promise<Finding[]>;
  /** the same work by the reader's kernel and by the library, for the comparison of speed */
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
