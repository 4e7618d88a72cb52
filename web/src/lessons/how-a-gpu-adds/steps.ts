import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Move the slider to 4. The tree has added all sixteen numbers, because in each round every pair is added at the same time: 16, 8, 4, 2, 1.',
    set: { step: '4' },
  },
  {
    text: 'Four chunks of four numbers need 3 additions in sequence, and their four sums need 3 more. A single thread needs 15.',
    set: { step: '6' },
  },
  {
    text: 'Add 0.1 again and again, 65,536 times. The nearest float to 0.1 is slightly larger, so the exact sum is 6,553.6001. Compare the three errors: a long chain of additions rounds more often than a tree.',
    set: { numbers: 'alike', power: null },
  },
  {
    text: 'Mix tiny and large numbers and shuffle them. The numbers are the same, but the sums end in different bits. Neither is wrong: each addition was rounded correctly, in another order.',
    set: { numbers: 'wide', shuffle: '1' },
  },
  {
    text: 'Race over 1,024 numbers, then over a million. The sentence below the table says who wins on your device, and why.',
    set: { power: '10', numbers: null, shuffle: null },
  },
];
