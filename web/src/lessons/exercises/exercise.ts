import type { Device, Kernel, Tensor } from 'feathergrad';
import type { Said } from '../said.ts';

/** A task that is judged by a computation. Files of exercises do not import Preact, so that Node can test them. */
export type AnyExercise = Exercise | NumberExercise;

interface Task {
  /** unique within its lesson; the reader's code is stored under it */
  id: string;
  title: string;
  task: string;
  /** from a gentle hint to nearly the solution */
  hints: readonly string[];
}

/** A task whose solution is a number, which is compared with a computation on the reader's device. */
export interface NumberExercise extends Task {
  unit?: string;
  /** a correct answer */
  answer: number;
  /** the way to the answer, for teachers and for readers who give up */
  solution: string;
  judge(device: Device, value: number): Promise<Finding[]>;
}

/** A task whose solution is WGSL, which is tested by running it. */
export interface Exercise extends Task {
  /** the initial code, which compiles but is rejected by the tests */
  start: string;
  /** a reference solution, which the tests accept */
  solution: string;
  /** runs the kernel on test vectors; for a gradient also the gradient check */
  judge(device: Device, kernel: Kernel): Promise<Finding[]>;
  /** the same work by the reader's kernel and by the library, for the comparison of speed */
  race(device: Device, kernel: Kernel): Race;
}

export const isNumberTask = (exercise: AnyExercise): exercise is NumberExercise => 'answer' in exercise;

/** The result of one test of an answer. */
export interface Finding {
  name: Said;
  pass: boolean;
  text: Said;
}

/** Two ways to do the same work. `inputs` are disposed after the race. */
export interface Race {
  what: string;
  inputs: readonly Tensor[];
  own(): void;
  library(): void;
}
