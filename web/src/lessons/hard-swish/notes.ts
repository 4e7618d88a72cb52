import type { KernelNote } from '../kernel-note.ts';

export const notes: readonly KernelNote[] = [
  {
    from: '// unary_grad: the chain rule',
    text: 'The chain rule for a function of one number: multiply the gradient that arrives, dy, by the slope of the function at x.',
  },
  {
    from: 'alias Vec = vec4<f32>',
    text: 'A thread handles four numbers at once. FUNCTION is a constant that is fixed when the kernel is compiled, so the unused cases cost nothing.',
  },
  {
    from: 'struct Params',
    text: 'Two arrays are read and one is written: 12 bytes for each number and hardly any arithmetic. So memory limits the speed of this kernel.',
  },
  {
    from: '// Compilers may assume that no value is NaN',
    text: 'NaN means “not a number”, the result of 0 / 0. If one appears, it must stay visible instead of turning into a plausible value.',
  },
  {
    from: '// g if v is strictly between',
    text: 'The slope of a clamp: the gradient passes inside of the limits and stops outside.',
  },
  {
    from: 'fn hardSwishGradient',
    text: 'The slope of hard-swish. select(no, yes, condition) chooses without a branch, so that all threads stay in step.',
  },
  {
    from: '@compute @workgroup_size(64)',
    text: 'One thread per Vec. The thread’s number is also the place in the array.',
  },
  {
    from: 'switch FUNCTION',
    text: 'One kernel for ten functions. Case 6 is relu6, case 7 the sigmoid, case 8 hard-sigmoid; the default is hard-swish.',
  },
];
