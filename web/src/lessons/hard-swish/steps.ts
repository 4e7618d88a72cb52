import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'At x = 1.5 hard-swish is 1.5 · (1.5 + 3) / 6 = 1.125, and its slope is 1.5 / 3 + 1/2 = 1. Swish is close by.',
    set: { x: null },
  },
  {
    text: 'The lowest point is at x = −1.5. There the value is −0.375 and the slope is 0.',
    set: { x: '-1.5' },
  },
  {
    text: 'At x = −2 the slope is negative, −1/6: if x grows, the output falls. relu6 has slope 0 there and learns nothing from this value.',
    set: { x: '-2' },
  },
  {
    text: 'From 3 on hard-swish simply returns x. At 7 it returns 7, while relu6 has stopped at 6.',
    set: { x: '7' },
  },
  {
    text: 'Below the curves are the numbers that hard-swish really gets in the network, for four drawn faces. Choose other layers and look at how many values are between −3 and 3.',
  },
];
