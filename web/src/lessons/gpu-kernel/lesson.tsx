import { conv2d, type Device, depthwiseConv2d, gradcheck, tensor } from 'feathergrad';
import source from '../../../../src/kernels/wgsl/matmul_vec4.wgsl?raw';
import type { Lesson } from '../lesson.ts';
import { gradcheckText } from '../pieces/gradcheck-text.ts';
import { wave } from '../pieces/wave.ts';
import { teaserOf } from '../plan.ts';
import { ApartView } from './apart-view.tsx';
import { Interactive } from './interactive.tsx';
import { notes } from './notes.ts';
import { Picture } from './picture.tsx';
import { steps } from './steps.ts';

export const lesson: Lesson = {
  slug: 'gpu-kernel',
  title: 'What a GPU does with a kernel',
  teaser: teaserOf('gpu-kernel'),
  summary: [
    'A kernel is a short program that many threads run at the same time, each for another part of the result. Threads are grouped into workgroups, which the GPU distributes over its cores.',
    'Two things take time: moving bytes and computing. A layer with few multiply-adds per byte waits for memory, one with many waits for arithmetic. The drawing of these two limits is called a roofline.',
    'How the work is divided among threads decides how close a kernel comes to its roof. A thread that computes a larger tile loads less, but there are fewer threads. Which division is the best? The honest way to find out is to measure.',
  ],
  Picture,
  Interactive,
  description:
    'A pointwise or a depthwise layer with a map and a number of channels of your choice. For three tiles per thread the table shows threads, workgroups and the bytes that all threads load. A button measures the two roofs of your device and the layer with each tile, with the kernels of the library; the plot shows the three points below the roofs, and a text says which roof is the lower one and which tile won.',
  steps,
  kernel: {
    name: 'matmul_vec4',
    source,
    mark: /const ROWS = |const COLUMNS = |sum\[r \* COLUMNS \+ c\] \+= value/,
    note: 'This kernel computes the pointwise layer of the figure. The marked lines are the size of the tile and the multiply-adds: each loaded input is used for every column of the tile, and each loaded weight for every row.',
    notes,
  },
  check: { label: 'Check both layers of the figure', run: check },
  breakIt: {
    label: 'Let neighboring threads work far apart',
    text: 'The numbers of a thread are one thing, those of its neighbors another. Memory delivers whole lines of neighboring numbers. A copy with one number per thread shows what happens if neighboring threads do not use neighboring numbers.',
    View: ApartView,
  },
  questions: [
    {
      question: 'Why does a GPU need many more threads than it has cores?',
      answer:
        'A load from memory takes hundreds of steps. While one group of threads waits, the core runs another group. With too few threads all of them wait at the same time, and the core is idle.',
    },
    {
      question: 'A layer is limited by the bandwidth. Does it help to halve its multiply-adds?',
      answer:
        'No. The time is that of the bytes. It helps to move fewer bytes: fuse the batch norm and the activation into the kernel, so that the map is not stored and loaded again, or store numbers in 16 bits.',
    },
    {
      question: 'Why does the library not use the largest tile always?',
      answer:
        'A larger tile leaves fewer threads and needs more registers, and its edge is wasted if the sizes are not multiples of it. The best tile differs between devices and layers. The library has a default for each kind of device, and tune() measures the alternatives.',
    },
  ],
  sources: [
    {
      text: 'S. Williams, A. Waterman, D. Patterson: Roofline: An insightful visual performance model for multicore architectures. Communications of the ACM 52(4), 2009',
      href: 'https://doi.org/10.1145/1498765.1498785',
    },
    {
      text: 'J. Nickolls, I. Buck, M. Garland, K. Skadron: Scalable parallel programming with CUDA. ACM Queue 6(2), 2008',
      href: 'https://doi.org/10.1145/1365490.1365500',
    },
    {
      text: 'V. Volkov: Better performance at lower occupancy. GPU Technology Conference 2010 (fewer threads that each do more)',
      href: 'https://www.nvidia.com/content/GTC-2010/pdfs/2238_GTC2010.pdf',
    },
    { text: 'WebGPU Shading Language: compute shaders and workgroups', href: 'https://www.w3.org/TR/WGSL/' },
  ],
};

async function check(device: Device) {
  using x = tensor(device, wave(4 * 4 * 4, 1), { shape: [1, 4, 4, 4] });
  using depthwise = tensor(device, wave(9 * 4, 2), { shape: [3, 3, 4] });
  using pointwise = tensor(device, wave(4 * 4, 3), { shape: [1, 1, 4, 4] });
  const result = await gradcheck(
    (x, depthwise, pointwise) => conv2d(depthwiseConv2d(x, depthwise, null, { padding: 1 }), pointwise),
    [x, depthwise, pointwise],
  );
  return gradcheckText(result, ['the input', 'the depthwise weights', 'the pointwise weights']);
}
