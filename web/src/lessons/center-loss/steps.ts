import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Set λ to 0 and train. Softmax alone separates the classes, but each becomes a long ray from the origin.',
    set: { data: null, lambda: '0', alpha: null },
  },
  {
    text: 'Set λ to 0.3 and start over. The left network pulls each class into a tight cluster. Watch the ratio of spread to distance.',
    set: { data: null, lambda: '0.3', alpha: null },
  },
  {
    text: 'Set α to 0. The centers stay at the origin, so every class is pulled to the same place. Compare it with the right-hand network, whose centers are noise.',
    set: { lambda: '0.3', alpha: '0' },
  },
  {
    text: 'Train on drawn faces instead of points. A small convolutional network now has to place the pictures in the plane.',
    set: { data: 'faces', lambda: '0.3', alpha: null },
  },
];
