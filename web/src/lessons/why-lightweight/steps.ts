import type { Step } from '../lesson.ts';

export const steps: readonly Step[] = [
  {
    text: 'Start with VGG-16: 138 million parameters and 15,470 million multiply-adds for one picture. Three quarters of the parameters are in a single layer, the first linear one.',
  },
  {
    text: 'ResNet-18 needs an eighth of the operations. It replaces the large linear layers by an average, and it can be deep because every block adds its input.',
  },
  {
    text: 'MobileNetV1 replaces dense convolutions by depthwise separable ones: a third of the operations of ResNet-18, and a third of the parameters.',
  },
  {
    text: 'ShuffleNetV2 and GhostNet save in another place, the 1 × 1 convolutions. One leaves half of the channels alone and shuffles them afterwards; the other computes half of its maps from the other half with cheap filters.',
  },
  {
    text: 'Now measure. Do the points of the plot lie on a line from the lower left to the upper right? Where they do not, the number of operations is a poor guide. The text below the plot says what your device did, and why.',
  },
];
