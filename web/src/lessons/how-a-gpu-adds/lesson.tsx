import { type Device, gradcheck, randn, sum, type Tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/reduce.wgsl?raw';
import type { Lesson } from '../lesson-page.tsx';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { teaserOf } from '../plan.ts';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { RepeatView } from './repeat-view.tsx';
import { steps } from './steps.ts';

/** Long enough that the sum takes two dispatches. */
const LENGTH = 600;

async function checkGradient(device: Device) {
  using x = randn(device, [LENGTH], { seed: 1 });
  // a sum is linear, so a long step is as accurate as a short one, and less affected by rounding
  const result = await gradcheck((input) => sum(input as Tensor), [x], { epsilon: 0.1 });
  return gradcheckText(result, ['the numbers']);
}

export const lesson: Lesson = {
  slug: 'how-a-gpu-adds',
  title: 'How a GPU adds numbers',
  teaser: teaserOf('how-a-gpu-adds'),
  summary: [
    'A batch norm’s mean, a loss, the gradient of a bias: each is a sum of up to millions of numbers. One thread that adds them one by one leaves the rest of the GPU idle, since each addition waits for the previous one.',
    'A tree has only log₂ n rounds: in each, half as many threads add two numbers. Threads of one workgroup can wait for one another, but workgroups cannot, so a sum over all of them takes a second dispatch.',
    'Floats are rounded after every addition, so another order gives different last bits. A fixed order gives the same bits every time, so training runs of this library can be repeated and resumed bit for bit.',
  ],
  Picture,
  Interactive,
  description:
    'Sixteen numbers are added in three ways at once; the slider shows how many additions have been made in sequence. One thread needs 15, four chunks need 6, a tree needs 4. Below, the same three ways race on your GPU over as many numbers as you choose, with each sum, its bits and its error. Shuffling the numbers changes the last bits of all three.',
  steps,
  kernel: {
    name: 'reduce',
    source,
    mark: /let end = |case 0u: \{ result|let first = /,
    note: 'The marked lines are a sum: a thread adds one chunk, from its first number to its end, in order. The same kernel then adds the sums of the chunks in a second dispatch. A chunk has about √n numbers, so neither dispatch takes long. Nothing depends on which thread is first; the order is determined by the length.',
    notes,
  },
  check: { label: `Check the sum of ${LENGTH} numbers`, run: checkGradient },
  breakIt: {
    label: 'Add in order of arrival',
    text: 'Why not let every thread add its number to one cell, in order of arrival? It takes a single dispatch. Here are the bits of 24 sums of the same numbers; those that differ from the first are marked.',
    View: RepeatView,
  },
  questions: [
    {
      question: 'Why is the tree closer to the exact sum than one thread?',
      answer:
        'One thread adds small numbers to an ever larger total, and each addition rounds to the total’s last place: the error grows with n. In a tree, numbers of similar size are added, and each passes through only log₂ n roundings. With a million times 0.1 the difference is obvious.',
    },
    {
      question: 'Why two dispatches and not one?',
      answer:
        'A barrier makes the threads of a workgroup wait for one another. There is none between workgroups, since the GPU need not run them at the same time. Only at the end of a dispatch are all of them guaranteed to be done.',
    },
    {
      question: 'The sum of a million numbers: does a chunk of 1,000 for each of 1,000 threads beat a tree?',
      answer:
        'It depends on the device, so measure it. Chunks read memory in long strides and need few threads; a tree reads neighbors together, but waits in every round. On a CPU that emulates a GPU, barriers are expensive, and chunks win; a graphics card with ten thousand threads in flight prefers many short runs.',
    },
  ],
  sources: [
    {
      text: 'M. Harris: Optimizing Parallel Reduction in CUDA, NVIDIA, 2007',
      href: 'https://developer.download.nvidia.com/assets/cuda/files/reduction.pdf',
    },
    {
      text: 'N. Higham: The Accuracy of Floating Point Summation, SIAM Journal on Scientific Computing 14(4), 1993',
      href: 'https://doi.org/10.1137/0914050',
    },
    { text: 'WebGPU Shading Language: atomics and barriers', href: 'https://www.w3.org/TR/WGSL/' },
  ],
};
