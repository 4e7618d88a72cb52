import type { Step } from '../lesson.ts';

const initial = { w: null, lr: null, wd: null, n: null };

export const steps: readonly Step[] = [
  {
    text: 'Twenty pictures, 300 steps. The training loss falls to nearly 0: the network knows all twenty. The validation loss, of 200 pictures of other people, falls a little and then rises. This is overfitting.',
    set: initial,
  },
  {
    text: 'Now learn very slowly. After 300 steps both losses are still close to 0.693, the loss of a guess between two classes. This is underfitting.',
    set: { ...initial, lr: '0.0001' },
  },
  {
    text: 'Learn much too fast. The first steps jump far over the minimum, and the losses shoot up, out of the plot. The weights are spoiled: the training loss comes back only to that of a guess.',
    set: { ...initial, lr: '1' },
  },
  {
    text: 'Weight decay makes every weight a little smaller in each step. The network can no longer afford large weights for the details of one picture, and the validation loss keeps falling.',
    set: { ...initial, wd: '0.1' },
  },
  {
    text: 'More pictures help most. With 320 of them the same network fits: what is true of 160 people is often true of other people too.',
    set: { ...initial, n: '320' },
  },
];
