import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'The table lists the network from input to output. Begin with block 0, a dense convolution that turns the picture into maps of edges.',
    set: { block: 'features.0', stage: null },
  },
  {
    text: 'Go to block 3. Follow its stages in the panel: the maps are widened, filtered one by one, weighted, and projected back to few.',
    set: { block: 'features.3', stage: null },
  },
  {
    text: 'Look at a late block. Its maps have only a few pixels, but there are many of them: position has been traded for meaning.',
    set: { block: 'features.14', stage: null },
  },
  {
    text: 'Give the network 16 pictures at once. The multiply-adds grow sixteenfold. If the time of a block grows less, the block could not fill your GPU with a single picture.',
    set: { batch: '16' },
  },
  {
    text: 'Train the network for a minute and watch the maps change.',
    set: { batch: null, weights: null },
  },
];
