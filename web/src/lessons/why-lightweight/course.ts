import type { LessonCourse } from '../../course/lesson-course.ts';

export const course: LessonCourse = {
  takeaways: [
    'Light networks save multiply-adds by splitting what a dense convolution does at once.',
    'Each way of saving cuts connections, and something cheap, such as a 1 × 1 convolution or a shuffle, restores them.',
    'Operations are not time: bytes, starts of kernels and the device decide too.',
  ],
  reading: [
    {
      text: 'M. Tan, Q. Le: EfficientNet: Rethinking model scaling for convolutional neural networks. ICML 2019',
      href: 'https://arxiv.org/abs/1905.11946',
    },
    {
      text: 'S. Mehta, M. Rastegari: MobileViT: Light-weight, general-purpose, and mobile-friendly vision transformer. ICLR 2022',
      href: 'https://arxiv.org/abs/2110.02178',
    },
  ],
  difficulties: [
    {
      difficulty: 'Learners take “parameters” for the work of a network.',
      help: 'Compare VGG’s first linear layer, 103 million parameters used once each, with its first convolution, 1,792 parameters used 50,176 times.',
    },
    {
      difficulty: 'They expect the newest network to be the fastest everywhere.',
      help: 'Measure on two devices. A phone, a laptop and a graphics card order the networks differently.',
    },
    {
      difficulty: 'They think that the shuffle is free because it has no MACs.',
      help: 'Show its kernel: every number is loaded and stored once, as in an activation.',
    },
  ],
};
