import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'The picture is dark (0) on the left and bright (1) on the right. The window of the chosen output covers the edge. Three products are 1 · 1 and the rest are 0, so the output is 3.',
    set: { picture: null, w: null, row: '2', column: '1', show: null },
  },
  {
    text: 'Here the window is inside of the bright part: −1 and 1 cancel, and the output is 0. Where everything is dark it is 0 too. This kernel only answers to edges.',
    set: { picture: null, w: null, row: '2', column: '4', show: null },
  },
  {
    text: 'Take the kernel for horizontal edges. This picture has none, so every output is 0. The same nine multiplications ask another question.',
    set: { picture: null, w: '-1,-1,-1,0,0,0,1,1,1', show: null },
  },
  {
    text: 'Use a picture with a single bright dot. The output is the kernel itself, turned by 180 degrees: each weight meets the dot in another window.',
    set: { picture: 'dot', w: '1,2,3,4,5,6,7,8,9', row: '2', column: '2', show: null },
  },
  {
    text: 'Now backward. How does the chosen output change if a weight grows by 1? By the pixel that it is multiplied by: the slopes of the weights are the window.',
    set: { picture: 'edge', w: null, row: '2', column: '1', show: 'backward' },
  },
  {
    text: 'And if a pixel grows by 1? By its weight: the slopes of the pixels are the kernel, placed at the window. Choose other outputs and watch it move.',
    set: { picture: 'edge', w: null, row: '0', column: '3', show: 'backward' },
  },
];
