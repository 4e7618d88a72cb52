import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Move the cross to the middle of the map. The lines at the side show the average and the maximum of each row; the ones below show those of each column.',
    set: { x: null, y: null, channels: null, channel: null },
  },
  {
    text: 'Move it to the lower left. A row can have a small average and a large maximum: a single bright pixel.',
    set: { x: '4', y: '21' },
  },
  {
    text: 'Compare the two convolutions, their sum, and the one convolution that replaces both. The difference is shown a million times larger; what you see is rounding.',
    set: { channels: null },
  },
  {
    text: 'Now with only 8 channels: two convolutions need 2 · 46 · 8 · 8 = 5,888 multiply-accumulates, the merged one 2,944. It is always half.',
    set: { channels: '8', channel: null },
  },
];
